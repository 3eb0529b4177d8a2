"""Where watched types are cheapest, as prices come in."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

from spot_price.core.records import Pool, Seconds
from spot_price.ports import Change, Last

Kind: TypeAlias = tuple[str, str]
"""An instance type with a product."""


class Cheapest:
    """Knows the newest price of every pool of the watched types.

    Args:
        watched: instance types, or patterns.
    """

    def __init__(self, watched: Sequence[str]) -> None:
        self._watched = tuple(watched)
        self._prices: dict[Kind, dict[Pool, Last]] = {}

    def take(self, changes: Iterable[Change]) -> None:
        """Know these from now on."""
        for change in changes:
            pool = change.now.pool
            if any(fnmatchcase(pool.instance_type, pattern) for pattern in self._watched):
                self._prices.setdefault((pool.instance_type, pool.product), {})[pool] = change.now

    def after(self, changes: Sequence[Change], now: Seconds) -> list[tuple[Change, Last | None]]:
        """Of these changes, those after which their pool is the cheapest and was not, each with the one that was.

        Nothing is known of them afterwards: they are to be taken once they are kept. Where a pool has become cheapest
        because the one before it has become dearer, the change that is given is of the record that it has had before.
        """
        found = []
        touched: dict[Kind, list[Change]] = {}
        for change in changes:
            pool = change.now.pool
            if any(fnmatchcase(pool.instance_type, pattern) for pattern in self._watched):
                touched.setdefault((pool.instance_type, pool.product), []).append(change)
        for kind, news in touched.items():
            before = self._prices.get(kind, {})
            after = {**before, **{change.now.pool: change.now for change in news}}
            was, best = _lowest(before.values(), now), _lowest(after.values(), now)
            if best is None or (was is not None and was.pool == best.pool):
                continue
            own = next((change for change in news if change.now.pool == best.pool), Change(best, best))
            found.append((own, None if was is None else after[was.pool]))
        return found


def _lowest(prices: Iterable[Last], now: Seconds) -> Last | None:
    known = (last for last in prices if last.micros and (last.holds is None or now <= last.at + last.holds))
    return min(known, key=lambda last: (last.micros, last.pool.key), default=None)
