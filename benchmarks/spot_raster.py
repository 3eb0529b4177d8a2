"""What a redraw of the monitor's chart costs: `python benchmarks/spot_raster.py`, about 10 seconds.

30 lines of 500 prices each, drawn as steps into 80×24 and 160×50 cells of the terminal, down to the segments that
Textual sends, against plotext drawing the same lines into as many cells of braille, and against the same dots set one
by one in Python. More than 10 ms, or less than 10 times as fast as plotext, ends with exit status 1.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import plotext
from rich.segment import Segment
from rich.style import Style

from spot_price.core.steps import Steps
from spot_price.watch.raster import DASHES, Frame, raster

LINES, PRICES, DAYS = 30, 500, 90
MOST_MS = 10.0
LEAST_RATIO = 10.0
SIZES = ((80, 24), (160, 50))
STYLES = [Style(color="white"), *(Style(color=f"color({number})") for number in range(1, LINES + 1))]
DOT = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def lines() -> list[Steps]:
    """Prices that wander as Spot prices do, each line a little dearer than the one before."""
    random = np.random.default_rng(7)
    end = DAYS * 86_400
    made = []
    for number in range(LINES):
        at = np.sort(random.choice(end, PRICES, replace=False)).astype(np.int64)
        made.append(Steps(at, 0.3 + 0.02 * number + np.abs(np.cumsum(random.normal(0, 0.004, PRICES))), end))
    return made


def ours(series: list[Steps], frame: Frame) -> object:
    """The widget's own way."""
    drawn = raster(series, frame, [number % len(DASHES) for number in range(LINES)])
    return [[Segment(text, STYLES[owner + 1]) for text, owner in runs] for runs in drawn.runs()]


def widget(series: list[Steps], frame: Frame) -> object:
    """A plotting library for terminals, told to draw as steps: two points a price."""
    plotext.clear_figure()
    plotext.plotsize(frame.columns, frame.rows)
    plotext.ylim(frame.low, frame.high)
    for steps in series:
        plotext.plot(np.repeat(steps.at, 2)[1:].tolist(), np.repeat(steps.price, 2)[:-1].tolist(), marker="braille")
    return plotext.build()


def by_hand(series: list[Steps], frame: Frame) -> object:
    """Dot by dot, without numpy."""
    codes = [[0] * frame.columns for _ in range(frame.rows)]
    scale = (frame.height - 1) / (frame.high - frame.low)
    for steps in series:
        at, price = steps.at.tolist(), steps.price.tolist()
        index, before = -1, None
        for column in range(frame.width):
            until = (column + 1) * frame.end / frame.width
            heights = [] if before is None else [before]
            while index + 1 < len(at) and at[index + 1] < until:
                index += 1
                heights.append(round((price[index] - frame.low) * scale))
            if not heights:
                continue
            before = heights[-1]
            for height in range(max(min(heights), 0), min(max(heights), frame.height - 1) + 1):
                row = frame.height - 1 - height
                codes[row // 4][column // 2] |= DOT[row % 4][column % 2]
    return ["".join(chr(0x2800 + code) for code in row) for row in codes]


def milliseconds(draw: Callable[[list[Steps], Frame], object], series: list[Steps], frame: Frame, times: int) -> float:
    """The median of some redraws, the first not counted; time of the processor, whoever else is at work."""
    draw(series, frame)
    took = []
    for _ in range(times):
        began = time.thread_time()
        draw(series, frame)
        took.append((time.thread_time() - began) * 1000)
    return statistics.median(took)


def main() -> int:
    """Measure, print, judge."""
    series, good = lines(), True
    print(f"{LINES} lines of {PRICES} prices; median of a redraw in ms")
    print(f"{'cells':>9} {'ours':>8} {'plotext':>9} {'ratio':>7} {'Python':>8} {'ratio':>7}")
    for columns, rows in SIZES:
        frame = Frame(0, series[0].end, 0.2, 1.2, columns, rows)
        own = milliseconds(ours, series, frame, 40)
        other = milliseconds(widget, series, frame, 5)
        loop = milliseconds(by_hand, series, frame, 5)
        print(f"{columns:>5}×{rows:<3} {own:>8.2f} {other:>9.1f} {other / own:>7.1f} {loop:>8.1f} {loop / own:>7.1f}")
        good &= own <= MOST_MS and other / own >= LEAST_RATIO
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
