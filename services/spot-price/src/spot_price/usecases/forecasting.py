"""Forecasts of pools' prices, each with how good such forecasts were, and offered only where they were good.

A forecast takes half a millisecond, its judgement fifty times that: judgements are kept for some hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

import anyio
import anyio.to_thread

from genba_servicekit.errors import ServiceUnavailable, UnprocessableContent
from spot_price.core.forecast import AHEAD, HOUR, Forecast, forecast, past_of
from spot_price.core.forecast_scoring import HOURS, Fared, Score, score
from spot_price.core.records import Pool, Seconds
from spot_price.core.selection import Selection
from spot_price.core.steps import Steps
from spot_price.usecases.market import Market, Quote

MOST_POOLS: Final = 100
"""Pools in an answer: their judgements take three seconds of one thread when none is kept."""
MOST_WAITING: Final = 16
"""Answers that are made at once, in turns of a pool each: the last waits for 48 seconds at worst."""
KEPT: Final = 5_000
"""Judgements that are kept, 2 kB each."""
JUDGED_EVERY: Final = 6 * HOUR
"""Seconds of the market's time after which a pool is judged anew."""
_AGAIN: Final = 60
"""The same where too little was known: at a first start the past comes within a minute or two."""


class TooManyForecasts(UnprocessableContent):
    """More pools are asked for than are forecast at once."""

    title = "That would be too many forecasts"
    example = "1,795 pools; 100 is the most. Take fewer types, regions or products."


class ForecastsBusy(ServiceUnavailable):
    """So many forecasts are being made that one more would wait too long."""

    title = "Too many forecasts are being made"
    example = "16 wait already: try again in a few seconds."


class Silence(StrEnum):
    """Why there is no forecast."""

    NO_PRICE = "no-price"
    """The price of now is not known."""
    TOO_LITTLE_KNOWN = "too-little-known"
    """The price of too few hours is known, or too few forecasts could be tried."""
    NOT_BETTER = "not-better"
    """In the last two weeks one that is free would have done as well."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a pool's price may be.

    Attributes:
        pool: which.
        now: when it was made.
        price: of now, US dollars an hour; None: not known.
        forecast: hour by hour; None where none is offered.
        silence: why none is.
        fared: how such forecasts fared over as many hours; None: too few could be tried.
    """

    pool: Pool
    now: Seconds
    price: float | None
    forecast: Forecast | None
    silence: Silence | None
    fared: Fared | None


class Forecasting:
    """Makes forecasts of a market's pools."""

    def __init__(self, market: Market, *, most_pools: int = MOST_POOLS, most_waiting: int = MOST_WAITING) -> None:
        self._market = market
        self._most_pools = most_pools
        self._most_waiting = most_waiting
        self._waiting = 0
        self._scores: dict[Pool, tuple[Seconds, Score | None]] = {}
        self._working = anyio.CapacityLimiter(1)  # numpy on small arrays: a second thread would only slow requests

    async def outlooks(self, selection: Selection, *, hours: int, cap: float | None = None) -> Sequence[Outlook]:
        """Forecasts of pools from now on, in the order of what they cost now.

        Args:
            selection: which pools.
            hours: how many are looked ahead, 1 to 24: a forecast is offered where it was better over as many.
            cap: the chance that the price stays under it is told; US dollars an hour.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
            TooManyForecasts: they are too many.
            ForecastsBusy: too many wait already.
        """
        quotes = await self._market.listed(selection)
        if len(quotes) > self._most_pools:
            raise TooManyForecasts(
                f"{len(quotes):,} pools; {self._most_pools:,} is the most. Take fewer types, regions or products.",
                pools=len(quotes),
                most=self._most_pools,
            )
        if self._waiting >= self._most_waiting:
            raise ForecastsBusy(f"{self._waiting} wait already: try again in a few seconds.")
        self._waiting += 1
        try:
            return await self._of(quotes, hours, cap)
        finally:
            self._waiting -= 1

    async def outlook(self, pool: Pool, *, cap: float | None = None) -> Outlook:
        """The forecast of one pool for the next day; see `outlooks`."""
        (found,) = await self._of([self._market.quote(pool)], AHEAD, cap)
        return found

    async def _of(self, quotes: Sequence[Quote], hours: int, cap: float | None) -> list[Outlook]:
        now = self._market.clock.now()
        known = await self._market.steps([quote.pool for quote in quotes], now - HOURS * HOUR, now)
        found = []
        for quote in quotes:
            work = partial(self._outlook, quote.pool, quote.price, known[quote.pool], now, hours=hours, cap=cap)
            found.append(await anyio.to_thread.run_sync(work, limiter=self._working))
        return found

    def _outlook(
        self, pool: Pool, price: float | None, steps: Steps, now: Seconds, *, hours: int, cap: float | None
    ) -> Outlook:
        if price is None:
            return Outlook(pool, now, None, None, Silence.NO_PRICE, None)
        # What is known until its source's last answer holds until now: the price of now is known.
        past = past_of(Steps(steps.at, steps.price, max(steps.end, now)), now, HOURS)
        made = forecast(past, cap=cap)
        judged, found = self._scores.get(pool, (0, None))
        if judged <= now - (_AGAIN if found is None else JUDGED_EVERY):
            self._scores.pop(pool, None)
            self._scores[pool] = (now, found := score(past))
            while len(self._scores) > KEPT:
                self._scores.pop(next(iter(self._scores)))
        fared = None if found is None else found.over(hours)
        if made is None or fared is None:
            return Outlook(pool, now, price, None, Silence.TOO_LITTLE_KNOWN, fared)
        if not fared.beats_both:
            return Outlook(pool, now, price, None, Silence.NOT_BETTER, fared)
        under = None if made.under is None else made.under[:hours]
        return Outlook(pool, now, price, Forecast(made.quantiles[:hours], under), None, fared)
