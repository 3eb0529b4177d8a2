"""Where watched types are cheapest, as prices come in."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

from spot_price.core.offers import gives_way
from spot_price.core.records import Pool, Seconds
from spot_price.ports import Change, Last

Kind: TypeAlias = tuple[str, str]
"""An instance type with a product."""


class Cheapest:
    """Knows the newest price of every pool of the watched types, and which pool of each type counts as the cheapest.

    Args:
        watched: instance types, or patterns.
        hysteresis: the share by which another must be cheaper to take its place.
    """

    def __init__(self, watched: Sequence[str], hysteresis: float = 0.0) -> None:
        self._watched = tuple(watched)
        self._hysteresis = hysteresis
        self._prices: dict[Kind, dict[Pool, Last]] = {}
        self._first: dict[Kind, Pool] = {}

    def take(self, changes: Iterable[Change], now: Seconds) -> None:
        """Know these from now on."""
        for kind, news in self._watched_of(changes).items():
            prices = self._prices.setdefault(kind, {})
            prices.update((change.now.pool, change.now) for change in news)
            if (best := self._chosen(kind, prices, now)) is not None:
                self._first[kind] = best.pool

    def settle(self, pool: Pool) -> None:
        """Hear from the process that asks for prices that it counts this pool as the cheapest."""
        if any(fnmatchcase(pool.instance_type, pattern) for pattern in self._watched):
            self._first[pool.instance_type, pool.product] = pool

    def after(self, changes: Sequence[Change], now: Seconds) -> list[tuple[Change, Last | None]]:
        """Of these changes, those after which their pool is the cheapest and was not, each with the one that was.

        Nothing is known of them afterwards: they are to be taken once they are kept. Where a pool has become cheapest
        because the one before it has become dearer, the change that is given is of the record that it has had before.
        """
        found = []
        for kind, news in self._watched_of(changes).items():
            after = {**self._prices.get(kind, {}), **{change.now.pool: change.now for change in news}}
            was, best = self._first.get(kind), self._chosen(kind, after, now)
            if best is None or best.pool == was:
                continue
            own = next((change for change in news if change.now.pool == best.pool), Change(best, best))
            found.append((own, None if was is None else after.get(was)))
        return found

    def _watched_of(self, changes: Iterable[Change]) -> dict[Kind, list[Change]]:
        found: dict[Kind, list[Change]] = {}
        for change in changes:
            pool = change.now.pool
            if any(fnmatchcase(pool.instance_type, pattern) for pattern in self._watched):
                found.setdefault((pool.instance_type, pool.product), []).append(change)
        return found

    def _chosen(self, kind: Kind, prices: Mapping[Pool, Last], now: Seconds) -> Last | None:
        """The one that counts as the cheapest at these prices; None: no price is known."""
        known = {pool: last for pool, last in prices.items() if last.price(now) is not None}
        best = min(known.values(), key=lambda last: (last.micros, last.pool.key), default=None)
        held = known.get(self._first[kind]) if kind in self._first else None
        if held is None or best is None or gives_way(held.micros, best.micros, self._hysteresis):
            return best
        return held
