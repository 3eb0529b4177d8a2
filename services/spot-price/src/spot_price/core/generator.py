"""Prices that are made up: a market of Spot pools in every region, whole from one seed, at any time of any year.

Nothing is kept and nothing is drawn in order. A price is a function of the seed, the pool and the moment, so that a
process that starts again, or another beside it, tells of the same past and goes on with the same future.

What it is like: each pool is a share of its on-demand price that wanders over days, a day and hours, in part with its
region; now and then a pool is contested for a day or two and comes near the on-demand price. A pool states a price some
six to thirty times a day (EC2's did 1 to 30 times in the recordings that this was compared with): over all of them
something changes every few seconds.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import LINUX, MICROS, Pool, Records, Seconds
from spot_price.core.regions import REGIONS, ZONE_ID_PREFIXES

_Hashes = NDArray[np.uint64]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Kind:
    """An instance type of the made-up market.

    Attributes:
        name: its name.
        dollars: about what it costs an hour on demand in us-east-1.
        share: of the regions, those that have it.
        windows: whether it is sold with Windows too.
    """

    name: str
    dollars: float
    share: float = 1.0
    windows: bool = False


_KINDS: Final = (
    _Kind("g4dn.xlarge", 0.526, 0.9, windows=True),
    _Kind("g4dn.2xlarge", 0.752, 0.9),
    _Kind("g4dn.12xlarge", 3.912, 0.8),
    _Kind("g5.xlarge", 1.006, 0.7, windows=True),
    _Kind("g5.2xlarge", 1.212, 0.7, windows=True),
    _Kind("g5.4xlarge", 1.624, 0.6),
    _Kind("g5.12xlarge", 5.672, 0.5),
    _Kind("g5.48xlarge", 16.288, 0.4),
    _Kind("g6.xlarge", 0.8048, 0.5),
    _Kind("g6.2xlarge", 0.9776, 0.5),
    _Kind("g6.12xlarge", 4.6016, 0.4),
    _Kind("g6e.xlarge", 1.861, 0.35),
    _Kind("g6e.2xlarge", 2.242, 0.35),
    _Kind("p3.2xlarge", 3.06, 0.4),
    _Kind("p3.8xlarge", 12.24, 0.3),
    _Kind("p4d.24xlarge", 21.958, 0.3),
    _Kind("p5.48xlarge", 55.04, 0.25),
    _Kind("inf2.xlarge", 0.7582, 0.4),
    _Kind("trn1.2xlarge", 1.3438, 0.25),
    _Kind("t3.medium", 0.0416),
    _Kind("m5.large", 0.096, windows=True),
    _Kind("m6i.xlarge", 0.192),
    _Kind("m7i.2xlarge", 0.4032, 0.7),
    _Kind("c5.xlarge", 0.17),
    _Kind("c6i.2xlarge", 0.34),
    _Kind("c7g.4xlarge", 0.58, 0.8),
    _Kind("r5.2xlarge", 0.504),
    _Kind("r6g.xlarge", 0.2016),
)
TYPES: Final = tuple(kind.name for kind in _KINDS)
"""Every instance type that there is."""

_ZONES: Final = MappingProxyType({"us-east-1": 6, "us-west-1": 2, "us-west-2": 4, "ap-northeast-1": 3})
_PREFIXES: Final = MappingProxyType({region: prefix for prefix, region in ZONE_ID_PREFIXES.items()})
_DEARER: Final = MappingProxyType({"us-": 1.0, "ca-": 1.08, "eu-": 1.12, "ap-": 1.24, "me-": 1.3, "af-": 1.35})
_DEAREST: Final = 1.5  # São Paulo, Mexico, Tel Aviv
_EVERYWHERE: Final = ("us-east-1", "us-west-2")
_WINDOWS: Final = 1.4  # of the price without it
_PERIODS: Final = (5 * 86_400, 86_400, 5 * 3600)  # seconds in which a price wanders
_SWINGS: Final = (0.16, 0.08, 0.045)  # how far, in logarithms of the price
_TOGETHER: Final = 0.1  # how far a region's pools of a type wander together
_CONTEST: Final = 60 * 3600  # seconds: in one such stretch of nine a pool is contested
_CONTESTED: Final = 0.11
_SLOTS: Final = (2_700, 14_400)  # seconds: a pool states a price in three of four such slots, each pool has its length
_STATED: Final = 0.7
_SURE: Final = 4  # every fourth slot has a statement, so that the one in force is never far back
_GRAIN: Final = 100  # millionths of a dollar: EC2's prices have four decimals


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """A region's pools, in columns.

    Attributes:
        pools: each once.
        seeds: of each pool: hashed with a moment, its luck then.
        shared: the same for all pools of a type in the region.
        base: the middle of its price, US dollars an hour.
        top: its on-demand price, which it does not pass.
        slot: seconds.
    """

    pools: tuple[Pool, ...]
    seeds: _Hashes
    shared: _Hashes
    base: _Floats
    top: _Floats
    slot: NDArray[np.int64]

    def only(self, types: tuple[str, ...], products: tuple[str, ...]) -> "_Region":
        """Those of some types, or patterns, and products."""
        if not types and not products:
            return self
        kept = [
            number
            for number, pool in enumerate(self.pools)
            if (not types or any(fnmatchcase(pool.instance_type, name) for name in types))
            and (not products or pool.product in products)
        ]
        chosen = np.array(kept, np.intp)
        return _Region(
            tuple(self.pools[number] for number in kept),
            self.seeds[chosen],
            self.shared[chosen],
            self.base[chosen],
            self.top[chosen],
            self.slot[chosen],
        )


class Synthetic:
    """A made-up market.

    Args:
        seed: another one is another market.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._regions: dict[str, _Region] = {}
        self._chosen = lru_cache(maxsize=256)(self._choose)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Every region of it."""
        return REGIONS

    def pools(self, region: str) -> tuple[Pool, ...]:
        """Every pool of a region."""
        return self._region(region).pools

    def records(
        self, region: str, start: Seconds, end: Seconds, *, types: Iterable[str] = (), products: Iterable[str] = ()
    ) -> Records:
        """What a region's pools state from the record in force at `start` until before `end`.

        Args:
            region: its name.
            start: from then.
            end: until then.
            types: names of instance types, or patterns; none: all.
            products: product descriptions; none: all.
        """
        part = self._chosen(region, tuple(types), tuple(products))
        if not part.pools or end <= start:
            return Records.of(())
        first = start // part.slot - _SURE - 1
        counts = (end - 1) // part.slot - first + 1
        which = np.repeat(np.arange(len(part.pools), dtype=np.int32), counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        number = first[which] + within
        luck = _hashed(part.seeds[which], number)
        at = number * part.slot[which] + (luck % part.slot[which].astype(np.uint64)).astype(np.int64)
        stated = (number % _SURE == 0) | (_unit(_hashed(luck, 1)) < _STATED)
        which, at, luck = which[stated], at[stated], luck[stated]
        following = np.where(np.append(which[1:] != which[:-1], True), end, np.append(at[1:], end))
        wanted = (at < end) & (following > start)
        which, at, luck = which[wanted], at[wanted], luck[wanted]
        return Records(part.pools, which, at, self._micros(part, which, at))

    def _micros(self, part: _Region, which: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.int64]:
        seeds = part.seeds[which]
        wandered = sum(
            swing * _noise(_hashed(seeds, layer), at, period)
            for layer, (swing, period) in enumerate(zip(_SWINGS, _PERIODS, strict=True), 2)
        )
        wandered = wandered + _TOGETHER * _noise(part.shared[which], at, _PERIODS[1])
        stretch, into = np.divmod(at, _CONTEST)
        chance = _hashed(_hashed(seeds, 9), stretch)
        hump = np.sin(np.pi * into / _CONTEST) ** 2 * (_unit(chance) < _CONTESTED)
        share = hump * (0.4 + 0.6 * _unit(_hashed(chance, 1)))
        price = np.minimum(part.base[which] * np.exp(wandered), part.top[which])
        price = price + (part.top[which] - price) * share
        grains = np.maximum(1, np.rint(price * (MICROS / _GRAIN))).astype(np.int64)
        return grains * _GRAIN

    def _choose(self, region: str, types: tuple[str, ...], products: tuple[str, ...]) -> _Region:
        return self._region(region).only(types, products)

    def _region(self, region: str) -> _Region:
        if region not in self._regions:
            self._regions[region] = self._made(region)
        return self._regions[region]

    def _made(self, region: str) -> _Region:
        zones = _zones(self.seed, region)
        dearer = next((factor for start, factor in _DEARER.items() if region.startswith(start)), _DEAREST)
        rows: list[tuple[Pool, int, int, float, float]] = []
        for kind in _KINDS:
            shared = _seed(self.seed, region, kind.name)
            if region not in _EVERYWHERE and _share(shared, 1) >= kind.share:
                continue
            for zone_id, zone_name in zones:
                for product, factor in ((LINUX, 1.0), ("Windows", _WINDOWS)):
                    seed = _seed(self.seed, zone_id, kind.name, product)
                    missing = product != LINUX and not kind.windows
                    if missing or (kind.share < 1 and _share(seed, 2) > 0.8 and zone_id != zones[0][0]):  # noqa: PLR2004
                        continue
                    top = kind.dollars * dearer * factor
                    middle = 0.3 + 0.25 * _share(shared, 3) + 0.12 * _share(seed, 4)
                    pool = Pool(region, zone_id, zone_name, kind.name, product)
                    rows.append((pool, seed, shared, top * middle, top))
        seeds = np.array([row[1] for row in rows], np.uint64)
        shortest, longest = _SLOTS
        slots = shortest + (_unit(_hashed(seeds, 5)) * (longest - shortest)).astype(np.int64)
        base, top_prices = (np.array([row[column] for row in rows], np.float64) for column in (3, 4))
        shared_seeds = np.array([row[2] for row in rows], np.uint64)
        return _Region(tuple(row[0] for row in rows), seeds, shared_seeds, base, top_prices, slots)


def _zones(seed: int, region: str) -> list[tuple[str, str]]:
    """A region's zones by id and name; which name is whose is the seed's, as it is each account's."""
    count = _ZONES.get(region, 3)
    letters = sorted("abcdefgh"[:count], key=lambda letter: _seed(seed, region, letter))
    return [(f"{_PREFIXES[region]}-az{number}", f"{region}{letter}") for number, letter in enumerate(letters, 1)]


def _seed(*parts: object) -> int:
    """Eight bytes of chance, the same in every process (Python's own `hash` is not)."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _share(seed: int, salt: int) -> float:
    return _seed(seed, salt) / 2**64


def _hashed(seeds: _Hashes, numbers: NDArray[np.int64] | int) -> _Hashes:
    """A seed and a number, mixed. Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014."""
    salt = np.atleast_1d(np.asarray(numbers, np.int64)).astype(np.uint64)
    mixed: _Hashes = seeds + (salt + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _unit(hashes: _Hashes) -> _Floats:
    """From 0 to below 1."""
    return (hashes >> np.uint64(11)).astype(np.float64) / 2.0**53


def _noise(seeds: _Hashes, at: NDArray[np.int64], period: int) -> _Floats:
    """From -1 to 1, smooth in time: chance at whole periods, eased between them."""
    cell, into = np.divmod(at, period)
    before, after = (2 * _unit(_hashed(seeds, cell + step)) - 1 for step in (0, 1))
    part = into / period
    eased = part * part * (3 - 2 * part)
    return before + (after - before) * eased
