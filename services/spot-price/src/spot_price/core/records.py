"""Price records: a price of a pool from a moment on, until the next record of the same pool.

A pool is an instance type with a product description in one availability zone: what EC2 sells Spot capacity by.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

MICROS: Final = 1_000_000
"""Prices are kept as whole millionths of a US dollar an hour: what the API says, with its six decimals, exactly."""
UNKNOWN: Final = 0
"""A price of 0 says that the price is not known from then on; nothing is for nothing."""
RECORDING_HOLDS: Final = 25 * 3600
"""Seconds that a record of a recording is good for.

A recording does not say when nobody recorded. EC2 restates a price that stays as it is: in five months of us-east-1b
every 24 h 6 min at the latest. Where a pool is silent for longer, the recording has a hole (2015-06-09: 57 h).
"""
LINUX: Final = "Linux/UNIX"
PRODUCTS: Final = (LINUX, "Red Hat Enterprise Linux", "SUSE Linux", "Windows")
"""Product descriptions. Each may have ` (Amazon VPC)` after it, which is the same product at the same price today."""

Seconds: TypeAlias = int
"""A point in time: whole seconds since 1970 (UTC), as the API's timestamps are."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """An instance type with a product description in one zone.

    Two are one where region, zone, type and product are; a zone with an id is the same whatever its name is.

    Attributes:
        region: such as `us-east-1`.
        zone_id: such as `use1-az1`, the same for everyone; None where the source does not say it.
        zone_name: such as `us-east-1a`; each account has its own order of them;
            None where the source does not say it.
        instance_type: such as `g5.2xlarge`.
        product: the product description.
    """

    region: str
    zone_id: str | None
    zone_name: str | None
    instance_type: str
    product: str = LINUX

    @property
    def zone(self) -> str:
        """The zone's id if it is known, else its name."""
        return self.zone_id or self.zone_name or self.region

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells pools apart: zone, type, product."""
        return self.zone, self.instance_type, self.product

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pool) and self.region == other.region and self.key == other.key

    def __hash__(self) -> int:
        return hash((self.region, self.zone_id or self.zone_name or self.region, self.instance_type, self.product))


def key_text(pool: Pool) -> str:
    """What tells a pool from others, in one word."""
    return "|".join((pool.region, *pool.key))


def names_of(pool: Pool) -> dict[str, str | None]:
    """What a pool is called, by its attributes' names."""
    return {
        "region": pool.region,
        "zone_id": pool.zone_id,
        "zone_name": pool.zone_name,
        "instance_type": pool.instance_type,
        "product": pool.product,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Price records of any pools, in columns: a hundred thousand of them cost a few megabytes and no loop.

    Attributes:
        pools: the pools, each once.
        which: index into `pools`, int32.
        at: since when the price holds, `Seconds`, int64.
        micros: the price in millionths of a US dollar an hour, int64; 0 is unknown.
        holds: seconds that each record is good for when no other follows; None: until the source says otherwise.
    """

    pools: Sequence[Pool]
    which: NDArray[np.int32]
    at: NDArray[np.int64]
    micros: NDArray[np.int64]
    holds: int | None = None

    def __len__(self) -> int:
        return len(self.at)

    def rows(self) -> Iterator[tuple[Pool, Seconds, float]]:
        """Each record as (pool, since when, US dollars an hour)."""
        for index, at, micros in zip(self.which.tolist(), self.at.tolist(), self.micros.tolist(), strict=True):
            yield self.pools[index], at, micros / MICROS

    @staticmethod
    def of(rows: Sequence[tuple[Pool, Seconds, float]], *, holds: int | None = None) -> "Records":
        """Columns from rows of (pool, since when, US dollars an hour)."""
        numbers: dict[Pool, int] = {}
        which = [numbers.setdefault(pool, len(numbers)) for pool, _, _ in rows]
        return Records(
            tuple(numbers),
            np.array(which, np.int32),
            np.array([at for _, at, _ in rows], np.int64),
            np.array([round(price * MICROS) for _, _, price in rows], np.int64),
            holds,
        )
