"""What the monitor looks at: prices with their past, from a source itself or from a running service."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from spot_price.core.records import Pool, Seconds
from spot_price.core.selection import Selection
from spot_price.core.steps import Steps
from spot_price.ports import RegionState
from spot_price.usecases.forecasting import Outlook
from spot_price.usecases.market import Quote
from spot_price.watch.view import View


class FeedError(Exception):
    """Nothing can be had at all: why, in one line for people."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What was seen at one look.

    Attributes:
        source: where the prices come from, for people.
        synthetic: whether they are made up.
        now: what time it was there.
        start, end: the window that `steps` has.
        quotes: what each pool costs, the cheapest first, those of unknown price last.
        steps: what each of them cost in the window; empty where no window was asked for.
        failing: regions that could not be had, with what is wrong.
    """

    source: str
    synthetic: bool
    now: Seconds
    start: Seconds
    end: Seconds
    quotes: Sequence[Quote]
    steps: dict[Pool, Steps]
    failing: Sequence[RegionState]


@dataclass(frozen=True, slots=True, eq=False)
class Foresight:
    """What prices may be.

    Attributes:
        source: where the prices come from, for people.
        synthetic: whether they are made up.
        now: what time it was there.
        items: each pool's forecast, or why it has none; the cheapest now first.
        failing: regions that could not be had, with what is wrong.
    """

    source: str
    synthetic: bool
    now: Seconds
    items: Sequence[Outlook]
    failing: Sequence[RegionState]


class Foreteller(Protocol):
    """Where forecasts come from."""

    async def outlooks(self, selection: Selection, *, hours: int, cap: float | None) -> Foresight:
        """What the prices of pools may be in the next hours.

        Args:
            selection: which pools.
            hours: so many, 1 to 24.
            cap: the chance to stay under it is told, US dollars an hour.

        Raises:
            UnknownNameError: a region, a type or a product that there is none of.
            FeedError: nothing can be had at all, or these are too many pools.
        """

    async def close(self) -> None:
        """Let go of what is open."""


class Feed(Protocol):
    """Where the monitor's prices come from."""

    async def look(self, selection: Selection, view: View | None = None, *, fresh: bool = True) -> Snapshot:
        """What is selected costs, and did in the view's window.

        A region that cannot be had is in `failing` and hides no other.

        Args:
            selection: which pools.
            view: with the window; None: what is now is enough.
            fresh: ask again for what is newer than the last look; if not, for what was not asked for yet alone.

        Raises:
            UnknownNameError: a region, a type or a product that there is none of.
            FeedError: nothing can be had at all.
        """

    async def types(self) -> Sequence[str]:
        """Instance types that can be looked at, as far as they are known."""

    async def close(self) -> None:
        """Let go of what is open."""
