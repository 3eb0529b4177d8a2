"""Charts of what somebody wants to see: drawn beside the event loop, few at once, none larger than the eye takes."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import anyio
import anyio.to_thread
import numpy as np

from genba_servicekit.errors import ServiceUnavailable, UnprocessableContent
from genba_servicekit.prepared import SizedCache
from spot_price.core.band import NOTHING, first_band
from spot_price.core.chart.full import Frame, Series, full, heading_of
from spot_price.core.chart.looks import THEMES, Theme, ThemeName, look
from spot_price.core.chart.sparkline import sparkline
from spot_price.core.chart.tree import Picture
from spot_price.core.offers import Measure, cost, rank
from spot_price.core.records import Pool, Seconds, key_text
from spot_price.core.selection import Selection
from spot_price.core.steps import Steps
from spot_price.ports import ChartPainter
from spot_price.usecases.market import Market, Quote

MOST_SERIES: Final = 40
"""Lines of one chart, the cheapest: beyond these nobody follows one."""
MOST_RECORDS: Final = 200_000
"""Records that one chart is made of: 0.4 s of reading."""
_MANY: Final = 20_000
"""Records whose band is looked for beside the event loop: sorting them takes 3 ms."""
_HOUR: Final = 3600
_GRAIN: Final = 1_000
"""Parts of a window by which its end moves: less than a pixel, so that a chart asked for twice is the same one."""
_THREADS: Final = 2
_WAITING: Final = 64
_CACHE: Final = 16 << 20

Style = Literal["full", "sparkline"]
Band = Literal["near", "all"]


class ChartsBusy(ServiceUnavailable):
    """So many charts wait to be drawn that one more would wait too long."""

    title = "Too many charts are being drawn"
    example = "64 charts are being drawn already: try again in a few seconds."


class TooMuchForChart(UnprocessableContent):
    """There are more records in the window than one chart is made of."""

    title = "That is more than a chart holds"
    example = (
        "There are 1,214,332 prices in this window; a chart takes 200,000. Choose fewer types, or a shorter window."
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Which prices are to be seen.

    Attributes:
        window: seconds.
        end: of the window; None: now.
        band: prices near the lowest, or all that there were.
        log: whether equal ratios are equally far apart.
    """

    selection: Selection
    window: int
    end: Seconds | None = None
    band: Band = "near"
    log: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a chart is to look like; sizes in pixels."""

    width: int
    height: int
    theme: Theme = THEMES[ThemeName.LIGHT]
    style: Style = "full"
    format: Literal["svg", "png"] = "svg"
    scale: int = 1
    inside: bool = False
    """Whether it stands in a page that has the heading and the legend."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Prices now and before.

    Attributes:
        quotes: what is chosen, the best first.
        steps: how those went that are shown.
        series: the lines of the chart.
        start, end: the window.
        low, high: the band.
        records: what the steps were made of.
    """

    quotes: Sequence[Quote]
    steps: dict[Pool, Steps]
    series: Sequence[Series]
    start: Seconds
    end: Seconds
    low: float
    high: float
    records: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as a file."""

    body: bytes
    etag: str

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes, about."""
        return len(self.body) + 500


class Charting:
    """Chooses what a chart shows, and draws it.

    Args:
        market: where prices are.
        painter: makes files.
    """

    def __init__(self, market: Market, painter: ChartPainter) -> None:
        self._market = market
        self._painter = painter
        self.inline = painter.inline
        self.setter = painter.setter
        self._limiter = anyio.CapacityLimiter(_THREADS)
        self._cache: SizedCache[Drawn] = SizedCache(_CACHE)
        self._waiting = 0

    async def board(self, asked: Asked, *, rows: int = MOST_SERIES, by: Measure = Measure.PRICE) -> Board:
        """Prices now and before, of the first `rows` pools and of the chart's lines before too.

        Args:
            asked: which prices.
            rows: how many pools of the list.
            by: what the list is ranked by, those without such a figure last. Lines are of the cheapest in any case.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
            TooMuchForChart: there are too many records in the window.
        """
        quotes = await self._market.listed(asked.selection)
        first = quotes[: min(rows, MOST_SERIES)]
        if by is not Measure.PRICE:
            quotes = [*rank(quotes, by), *(quote for quote in quotes if cost(quote, by) is None)]
        pools = list(dict.fromkeys(quote.pool for quote in (*quotes[:rows], *first)))
        grain = max(1, asked.window // _GRAIN)
        now = self._market.clock.now()
        end = -(-now // grain) * grain if asked.end is None else min(asked.end, now)
        start = end - asked.window
        records = await self._market.count(pools, start, end)
        if records > MOST_RECORDS:
            raise TooMuchForChart(
                f"There are {records:,} prices in this window; a chart takes {MOST_RECORDS:,}. "
                "Choose fewer types, or a shorter window."
            )
        steps = await self._market.steps(pools, start, end)
        series = _series(first, steps, (start, end))
        if records < _MANY:
            low, high = _band(series, asked.band)
        else:
            low, high = await anyio.to_thread.run_sync(_band, series, asked.band)
        return Board(quotes, steps, series, start, end, low, high, records)

    async def chart(self, asked: Asked, shape: Shape) -> Drawn:
        """A chart as a file; what was drawn of the same prices before is kept.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
            TooMuchForChart: there are too many records in the window.
            ChartsBusy: too many wait already.
        """
        if self._waiting >= _WAITING:
            raise ChartsBusy(f"{_WAITING} charts are being drawn already: try again in a few seconds.")
        self._waiting += 1
        try:
            board = await self.board(asked)
            etag = _etag(asked, shape, board, self._market.source)
            kept = self._cache.get(etag)
            if kept is not None:
                return kept
            body = await anyio.to_thread.run_sync(self._draw, asked, shape, board, limiter=self._limiter)
            return self._cache.put(etag, Drawn(body, etag))
        finally:
            self._waiting -= 1

    def _draw(self, asked: Asked, shape: Shape, board: Board) -> bytes:
        picture = self.spark(board, shape) if shape.style == "sparkline" else self.picture(asked, shape, board)
        return self._painter.paint(picture, shape.format, shape.scale)

    def picture(self, asked: Asked, shape: Shape, board: Board) -> Picture:
        """The full chart."""
        types = list(dict.fromkeys(quote.pool.instance_type for quote in board.quotes))
        market = self._market
        left_out = len(board.quotes) - len(board.series)
        note = market.source + (f", the cheapest {len(board.series)} of {len(board.quotes)}" if left_out > 0 else "")
        frame = Frame(
            width=shape.width,
            height=shape.height,
            start=board.start,
            end=board.end,
            low=board.low,
            high=board.high,
            heading="" if shape.inside else heading_of(types, board.start, board.end),
            note=note,
            warns=market.synthetic,
            log=asked.log,
            legend=not shape.inside,
        )
        return full(board.series, frame, shape.theme, self._painter.setter)

    def spark(self, board: Board, shape: Shape) -> Picture:
        """The cheapest line alone, without axes."""
        first = board.series[0] if board.series else None
        return sparkline(
            first.steps if first else Steps.nothing(board.end),
            start=board.start,
            end=board.end,
            size=(shape.width, shape.height),
            look=look(0),
            theme=shape.theme,
            title=f"{first.label if first else 'no prices'} ({self._market.source})",
        )


def _series(quotes: Sequence[Quote], steps: dict[Pool, Steps], window: tuple[Seconds, Seconds]) -> list[Series]:
    """Lines, each with its look.

    Looks are dealt by what pools cost at the last full hour, the plainest to the cheapest: a line keeps its own until
    the hour is over, however often prices pass each other.
    """
    several = len({quote.pool.instance_type for quote in quotes}) > 1
    products = len({quote.pool.product for quote in quotes}) > 1
    start, end = window
    moment = max(start, end - end % _HOUR - 1)
    found = {}
    for quote in quotes:
        pool = quote.pool
        words = (pool.zone, pool.instance_type if several else "", pool.product if products else "")
        label = " ".join(word for word in words if word)
        found[pool] = Series(key_text(pool), label, quote.price, look(0), steps[pool])

    def then(pool: Pool) -> tuple[bool, float, str]:
        price = found[pool].steps.value(moment)
        return (True, 0.0, found[pool].key) if math.isnan(price) else (False, price, found[pool].key)

    numbers = {pool: number for number, pool in enumerate(sorted(found, key=then))}
    return [replace(one, look=look(numbers[pool])) for pool, one in found.items()]


def _band(series: Sequence[Series], band: Band) -> tuple[float, float]:
    if band == "near":
        return first_band([one.steps for one in series])
    prices = np.concatenate([one.steps.price for one in series]) if series else np.empty(0)
    prices = prices[~np.isnan(prices)]
    if not len(prices):
        return NOTHING
    low, high = float(prices.min()), float(prices.max())
    margin = (high - low or high) * 0.05
    return max(0.0, low - margin), high + margin


def _etag(asked: Asked, shape: Shape, board: Board, source: str) -> str:
    """Of all that a chart is made of: the same tag, the same bytes."""
    digest = hashlib.blake2b(repr((asked, shape, source, board.start, board.end)).encode(), digest_size=12)
    for one in board.series:
        digest.update(repr((one.key, one.price, one.steps.end, len(one.steps))).encode())
        digest.update(one.steps.at.tobytes())
        digest.update(one.steps.price.tobytes())
    digest.update(str(len(board.quotes)).encode())
    return f'"{digest.hexdigest()}"'
