"""Curves of how models are fooled, as pictures that stand alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from face_classifier.core.plots import Plot
from face_classifier.core.robustness import Robustness
from face_classifier.core.survival import Survived

STYLE: Final = """\
svg{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fbfaf7;--line:#d9d6cd;--c0:#2b6cb0;--c1:#c2571a;\
--c2:#2f855a;--c3:#6b46c1;--c4:#b7791f;--c5:#97266d}\
@media(prefers-color-scheme:dark){svg{--ink:#e8eaee;--soft:#a0a8b4;--paper:#14171c;--line:#333a44;--c0:#7ab3ef;\
--c1:#f0935a;--c2:#68d391;--c3:#b794f4;--c4:#f6e05e;--c5:#f687b3}}\
text{fill:var(--soft);font:11px system-ui,sans-serif}polyline{fill:none;stroke-width:2}.g{stroke:var(--line);\
stroke-width:1}.d{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}.paper{fill:var(--paper)}\
.t{font-size:14px;fill:var(--ink)}"""
COLOURS: Final = 6
WIDE: Final = 368
"""Of a plot, as `core.plots` makes them; and how high they are."""
HIGH: Final = 360
LEGEND: Final = 22
Curve = tuple[str, Sequence[tuple[float, float]]]
"""A name and its points."""


def survival_svg(curves: Mapping[str, Sequence[Survived]], probability: float) -> str:
    """What is left of optimal inputs after JPEG (by quality) and after resizing (by the share of the side)."""
    names = {"jpeg": ("After JPEG", "quality"), "resize": ("After resizing", "share of the side that was left")}
    plots = []
    for kind, survived in curves.items():
        title, axis = names[kind]
        levels = [each.at for each in survived]
        lines = [
            ("the target comes first", [(each.at, each.first) for each in survived]),
            (f"probability ≥ {probability:g}", [(each.at, each.sure) for each in survived]),
            ("median probability", [(each.at, each.median) for each in survived]),
        ]
        plots.append(drawn(title, (axis, min(levels), max(levels)), ("share", 0, 1), lines))
    return beside(plots)


def robustness_svg(found: Sequence[Robustness]) -> str:
    """Robust accuracy by radius, L2 and L∞ side by side."""
    axes = {"l2": ("Changes by L2", "L2"), "linf": ("Changes by L∞", "of 255")}
    plots = []
    for norm, (title, axis) in axes.items():
        curves = [(each.method, each.curve) for each in found if each.norm == norm]
        if curves:
            farthest = max(radius for _, curve in curves for radius, _ in curve)
            plots.append(drawn(title, (axis, 0, farthest), ("still recognised", 0, 1), curves))
    return beside(plots)


def drawn(title: str, x: tuple[str, float, float], y: tuple[str, float, float], curves: Sequence[Curve]) -> str:
    """A plot of several curves, with its title above and their names under it."""
    plot = Plot(title, x, y)
    for number, (_, points) in enumerate(curves):
        plot.line(points, f"c{number % COLOURS}")
    high = HIGH + 24 + LEGEND * ((len(curves) + 1) // 2)
    keys = "".join(
        f'<rect class="k{number % COLOURS}" x="{52 + number % 2 * 160}" y="{HIGH + 22 + number // 2 * LEGEND}" '
        f'width="14" height="4"/><text x="{72 + number % 2 * 160}" y="{HIGH + 28 + number // 2 * LEGEND}">'
        f"{name}</text>"
        for number, (name, _) in enumerate(curves)
    )
    inner = plot.svg().replace("<svg ", f'<svg y="20" width="{WIDE}" height="{HIGH}" ', 1)
    return (
        f'<svg viewBox="0 0 {WIDE} {high}" width="{WIDE}" height="{high}" xmlns="http://www.w3.org/2000/svg">'
        f'<text class="t" x="52" y="22">{title}</text>{inner}{keys}</svg>'
    )


def beside(plots: Sequence[str]) -> str:
    """Plots of `drawn` side by side, in one picture with the style of them all."""
    high = max(int(each.split('height="', 1)[1].split('"', 1)[0]) for each in plots)
    wide = WIDE * len(plots)
    colours = "".join(
        f"polyline.c{number}{{stroke:var(--c{number})}}.k{number}{{fill:var(--c{number})}}" for number in range(COLOURS)
    )
    inside = "".join(each.replace("<svg ", f'<svg x="{number * WIDE}" ', 1) for number, each in enumerate(plots))
    return (
        f'<svg viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" xmlns="http://www.w3.org/2000/svg">'
        f'<style>{STYLE}{colours}</style><rect class="paper" width="{wide}" height="{high}"/>{inside}</svg>\n'
    )
