"""Plots as SVG, for a page that stands alone: they take the colours of the page, light or dark."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIDE: Final = 300
EDGE: Final = 52
TOP: Final = 16
Point = tuple[float, float]


class Plot:
    """A square plot of x against y.

    Args:
        title: what it shows, for who cannot see it too.
        x, y: what the axes are of, each with its range.
    """

    def __init__(self, title: str, x: tuple[str, float, float], y: tuple[str, float, float]) -> None:
        self._x, self._y = x, y
        self._parts = [f"<title>{escape(title)}</title>"]
        self._axes()

    def _place(self, point: Point) -> str:
        (_, low_x, high_x), (_, low_y, high_y) = self._x, self._y
        across = EDGE + (point[0] - low_x) / ((high_x - low_x) or 1) * SIDE
        down = TOP + SIDE - (point[1] - low_y) / ((high_y - low_y) or 1) * SIDE
        return f"{across:.1f},{down:.1f}"

    def _axes(self) -> None:
        (name_x, low_x, high_x), (name_y, low_y, high_y) = self._x, self._y
        for part in range(5):
            x, y = low_x + (high_x - low_x) * part / 4, low_y + (high_y - low_y) * part / 4
            for one, other, css in (((x, low_y), (x, high_y), "g"), ((low_x, y), (high_x, y), "g")):
                self.line([one, other], css)
            left, bottom = self._place((x, low_y)).split(",")[0], TOP + SIDE + 16
            self._text(f'x="{left}" y="{bottom}" text-anchor="middle"', f"{x:.3g}")
            self._text(
                f'x="{EDGE - 6}" y="{float(self._place((low_x, y)).split(",")[1]) + 4:.1f}" text-anchor="end"',
                f"{y:.3g}",
            )
        self._text(f'x="{EDGE + SIDE / 2}" y="{TOP + SIDE + 34}" text-anchor="middle"', name_x)
        self._text(f'transform="translate(11,{TOP + SIDE / 2}) rotate(-90)" text-anchor="middle"', name_y)

    def _text(self, where: str, said: str) -> None:
        self._parts.append(f"<text {where}>{escape(said)}</text>")

    def line(self, points: Sequence[Point], css: str = "l") -> "Plot":
        """A line through points; `css` is `l`, `m` (a second one), `g` (grid) or `d` (dashed)."""
        self._parts.append(f'<polyline class="{css}" points="{" ".join(map(self._place, points))}"/>')
        return self

    def dot(self, point: Point, radius: float, said: str) -> "Plot":
        """A dot, and what it says when it is pointed at."""
        x, y = self._place(point).split(",")
        self._parts.append(
            f'<circle class="p" cx="{x}" cy="{y}" r="{radius:.1f}"><title>{escape(said)}</title></circle>'
        )
        return self

    def svg(self) -> str:
        """The plot."""
        return (
            f'<svg viewBox="0 0 {SIDE + EDGE + TOP} {SIDE + TOP + 44}" role="img" xmlns="http://www.w3.org/2000/svg">'
            f"{''.join(self._parts)}</svg>"
        )


def heat(title: str, table: NDArray[np.int64], names: Sequence[str]) -> str:
    """A confusion matrix: truth down, answers across; the darker, the more often."""
    count = len(names)
    side = 460 / count
    parts = [f"<title>{escape(title)}</title>"]
    for row, numbers in enumerate(table.tolist()):
        total = sum(numbers) or 1
        for column, number in enumerate(numbers):
            if number:
                css = "r" if row == column else "w"
                said = f"{names[row]} was taken for {names[column]}: {number} of {total}"
                parts.append(
                    f'<rect class="{css}" x="{column * side:.2f}" y="{row * side:.2f}" width="{side * 0.94:.2f}" '
                    f'height="{side * 0.94:.2f}" opacity="{0.15 + 0.85 * number / total:.2f}">'
                    f"<title>{escape(said)}</title></rect>"
                )
    frame = '<rect class="f" x="0" y="0" width="460" height="460"/>'
    return f'<svg viewBox="-1 -1 462 462" role="img" xmlns="http://www.w3.org/2000/svg">{frame}{"".join(parts)}</svg>'
