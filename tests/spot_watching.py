"""A source of prices for tests of the monitor: as many zones as one likes, and regions that fail."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from spot_price.adapters.catalogue import TableCatalogue
from spot_price.core.instances import InstanceType
from spot_price.core.records import LINUX, Pool, Records
from spot_price.ports import Query, SourceError

NOW = 1_764_151_200  # 2025-11-26 10:00 UTC
HOUR = 3600
CATALOGUE = TableCatalogue(
    "2025-11-01",
    {"g5.2xlarge": InstanceType("g5.2xlarge", 8, 32, 1, "A10G", 24), "g5.xlarge": InstanceType("g5.xlarge", 4, 16, 1)},
    {("us-east-1", "g5.2xlarge", LINUX): 1.212},
)


@dataclass
class SetClock:
    """A clock that stands until it is set."""

    moment: int = NOW

    def now(self) -> int:
        return self.moment


@dataclass
class FakeSource:
    """Prices that change every half hour: zone number n costs 0.40 and n cents more, and a little up and down."""

    zones: dict[str, int] = field(default_factory=lambda: {"us-east-1": 3, "eu-west-1": 2})
    types: tuple[str, ...] = ("g5.2xlarge", "g5.xlarge")
    failing: dict[str, SourceError] = field(default_factory=dict)
    clock: SetClock = field(default_factory=SetClock)
    asked: list[tuple[str, Query]] = field(default_factory=list)
    closed: bool = False
    name: str = "synthetic (of a test)"
    synthetic: bool = True

    async def regions(self) -> Sequence[str]:
        if "all" in self.failing:
            raise self.failing["all"]
        return sorted({*self.zones, *self.failing})

    async def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        self.asked.append((region, query))
        if region in self.failing:
            raise self.failing[region]
        for name in self.types:
            if any(fnmatchcase(name, pattern) for pattern in query.types):
                yield Records.of(
                    [row for zone in range(self.zones[region]) for row in self._rows(region, zone, name, query)]
                )

    def _rows(self, region: str, zone: int, name: str, query: Query) -> list[tuple[Pool, int, float]]:
        short = {"us-east-1": "use1", "eu-west-1": "euw1", "us-west-2": "usw2"}[region]
        pool = Pool(region, f"{short}-az{zone + 1}", f"{region}{'abcdefghijklmnopqrstuvwxyz'[zone % 26]}", name, LINUX)
        first = query.start // (HOUR // 2)
        base = 0.40 + zone / 100 + (0.05 if region == "eu-west-1" else 0)
        return [
            (pool, half * (HOUR // 2), round(base + (half * 7 + zone) % 5 / 1000, 4))
            for half in range(first, max(first + 1, -(-query.end // (HOUR // 2))))
        ]

    async def close(self) -> None:
        self.closed = True
