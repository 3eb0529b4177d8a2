"""What the page shows of a board: regions with their zones, in the words of one language."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from markupsafe import Markup

from genba_servicekit.languages import Language
from spot_price.core.chart.full import Series, price_label
from spot_price.core.chart.lines import coarse
from spot_price.core.chart.looks import PAGE
from spot_price.core.chart.sparkline import sparkline
from spot_price.core.chart.tree import Group, Line, Mark, Picture
from spot_price.core.offers import Measure, cost, discount
from spot_price.core.records import Seconds, key_text
from spot_price.ports import RegionState
from spot_price.routes.languages import length
from spot_price.usecases.charting import Board
from spot_price.usecases.market import Market, Quote

_SPARK: Final = (110, 26)
_SWATCH: Final = (26, 12)
_POINTS: Final = 1_200
"""Steps of a line that are sent: as many as a wide screen has pixels."""
_STALE: Final = 300
"""Seconds without an answer after which a region is marked: watched types are asked for every 60."""


class UnreadableWishError(Exception):
    """A form that cannot be read; the message's key and its values."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True, slots=True)
class Row:
    """A pool.

    Attributes:
        key: as in the chart.
        zone: its id, or its name.
        name: its name, where there is an id too.
        figure: what it is ranked by, if that is neither price nor discount; empty where it has none.
        discount: against on-demand, `−64 %`; empty where it is not known.
        since: for how long it has cost that.
        swatch: how its line looks; empty if it is not in the chart.
        spark: its course.
    """

    key: str
    zone: str
    name: str
    type: str
    price: str
    figure: str
    discount: str
    since: str
    swatch: Markup
    spark: Markup


@dataclass(frozen=True, slots=True)
class RegionRows:
    """A region: its pools, the cheapest first, how old that is, and why it cannot be asked."""

    name: str
    rows: Sequence[Row]
    fresh: str
    stale: bool
    failing: str


class BoardView:
    """A board in a language.

    Args:
        board: prices now and before.
        market: where they are from.
        language: of the words.
        asked: the regions that are chosen, by name.
        inline: draws for a page.
        by: what the list is ranked by.
    """

    def __init__(
        self,
        board: Board,
        market: Market,
        language: Language,
        asked: Sequence[str],
        inline: Callable[[Picture], str],
        *,
        by: Measure,
    ) -> None:
        self.board, self._market, self.language, self.by = board, market, language, by
        self._asked, self._inline = asked, inline
        self._now = market.clock.now()
        self._lines = {one.key: one for one in board.series}

    @property
    def best(self) -> Quote | None:
        """The first of all, if it has what the list is ranked by."""
        first = self.board.quotes[0] if self.board.quotes else None
        return first if first is not None and cost(first, self.by) is not None else None

    @property
    def per_unit(self) -> bool:
        """Whether the list is ranked by a figure that is neither price nor discount."""
        return self.by not in {Measure.PRICE, Measure.DISCOUNT}

    @property
    def best_words(self) -> list[str]:
        """What there is to say of it: its figure, where, what it costs, its discount."""
        best, t = self.best, self.language
        if best is None:
            return []
        less = discount(best)
        words = {
            "figure": self._figure(best),
            "price": price_label(best.price),
            "off": "" if less is None else t("off", percent=round(100 * less)),
        }
        first = "figure" if self.per_unit else "off" if self.by is Measure.DISCOUNT else "price"
        said = [words.pop(first), best.pool.zone, best.pool.instance_type, *words.values()]
        return [word for word in said if word]

    @property
    def on_demand_dated(self) -> str | None:
        """Of what date the prices on demand are, the oldest; None where none is known."""
        return min((quote.on_demand_dated for quote in self.board.quotes if quote.on_demand_dated), default=None)

    @cached_property
    def types(self) -> list[str]:
        """The types that are shown."""
        return list(dict.fromkeys(quote.pool.instance_type for quote in self.board.quotes))

    @cached_property
    def regions(self) -> list[RegionRows]:
        """Regions by their cheapest price; those without any that cannot be asked are last."""
        rows: dict[str, list[Row]] = {}
        for quote in self.board.quotes:
            if quote.pool in self.board.steps:
                rows.setdefault(quote.pool.region, []).append(self._row(quote))
        for name in self._asked:
            state = self._market.states.get(name)
            if state is not None and state.failing_since is not None:
                rows.setdefault(name, [])
        return [self._region(name, found) for name, found in rows.items()]

    @cached_property
    def not_offered(self) -> list[str]:
        """Regions that are chosen, can be asked, and have none of it."""
        there = {quote.pool.region for quote in self.board.quotes}
        states = self._market.states
        return [
            name
            for name in self._asked
            if name not in there and (state := states.get(name)) is not None and state.failing_since is None
        ]

    @property
    def left_out(self) -> int:
        """Pools that are not shown."""
        return len(self.board.quotes) - len(self.board.steps)

    def data(self) -> str:
        """What the script draws, as JSON that may stand in a page."""
        board, market = self.board, self._market
        said: dict[str, Any] = {
            "source": market.source,
            "synthetic": market.synthetic,
            "start": board.start,
            "end": board.end,
            "low": board.low,
            "high": board.high,
            "lines": [_line(one) for one in board.series],
        }
        # `</script>` would end the element that it stands in.
        return json.dumps(said, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")

    def _region(self, name: str, rows: Sequence[Row]) -> RegionRows:
        t = self.language
        state = self._market.states.get(name, RegionState(name))
        failing = ""
        if state.failing_since is not None:
            failing = t(
                "failing", time=length(t, self._now - state.failing_since), reason=state.reason or state.code or ""
            )
        age = None if state.observed_until is None else self._now - state.observed_until
        fresh = t("never") if age is None else t("fresh", time=length(t, age))
        return RegionRows(name, rows, fresh, age is None or age > _STALE, failing)

    def _row(self, quote: Quote) -> Row:
        t, pool, board = self.language, quote.pool, self.board
        key = key_text(pool)
        line = self._lines.get(key)
        spark = sparkline(
            board.steps[pool],
            start=board.start,
            end=board.end,
            size=_SPARK,
            look=line.look if line else None,
            theme=PAGE,
            title="",
        )
        return Row(
            key=key,
            zone=pool.zone,
            name=pool.zone_name if pool.zone_id and pool.zone_name else "",
            type=pool.instance_type,
            price=price_label(quote.price) if quote.price is not None else t("unknown"),
            figure=self._figure(quote),
            discount=self._discount(quote),
            since=t("ago", time=length(t, self._now - quote.since)),
            swatch=self._swatch(line) if line else Markup(),
            spark=Markup(self._inline(spark)),  # noqa: S704 - numbers and names of ours
        )

    def _swatch(self, line: Series) -> Markup:
        width, height = _SWATCH
        colour, middle = PAGE.hues[line.look.hue], height / 2
        leaves = (
            Line(((0, middle), (width, middle)), colour, 2, line.look.dash),
            Mark(width / 2, middle, line.look.marker, colour),
        )
        return Markup(self._inline(Picture(width, height, None, "", Group("swatch", leaves))))  # noqa: S704 - as above

    def _figure(self, quote: Quote) -> str:
        figure = cost(quote, self.by) if self.per_unit else None
        return "" if figure is None else f"${figure:.4f}"

    @staticmethod
    def _discount(quote: Quote) -> str:
        less = discount(quote)
        if less is None:
            return ""
        off = round(100 * less)
        return f"−{off} %" if off >= 0 else f"+{-off} %"


def _line(one: Series) -> dict[str, Any]:
    steps = coarse(one.steps, _POINTS)
    return {
        "key": one.key,
        "label": one.label,
        "price": one.price,
        "hue": one.look.hue,
        "dash": " ".join(map(str, one.look.dash)),
        "marker": one.look.marker.value,
        "at": steps.at.tolist(),
        "prices": [None if price != price else price for price in steps.price.tolist()],  # noqa: PLR0124 - NaN
        "end": steps.end,
        "coarse": len(steps) < len(one.steps),
    }


def seconds_of(text: str | None) -> Seconds | None:
    """Unix seconds of a query; None where it says none that can be."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 11:  # noqa: PLR2004 - the year 5138
        return None
    return int(text)
