"""A source of prices that tells what a test gives it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from spot_price.core.records import Pool, Records
from spot_price.ports import Query, SourceError

EAST = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.xlarge")
WEST = Pool("us-west-2", "usw2-az1", "us-west-2b", "g5.xlarge")


@dataclass
class FakeSource:
    """Tells what it is given; regions in `failing` fail, those in `broken` after their first page."""

    rows: list[tuple[Pool, int, float]] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)
    moment: int = 10_000
    asked: list[tuple[str, Query]] = field(default_factory=list)
    name: str = "a test"
    synthetic: bool = False

    @property
    def clock(self) -> "FakeSource":
        return self

    def now(self) -> int:
        return self.moment

    async def regions(self) -> Sequence[str]:
        return ["us-east-1", "us-west-2"]

    async def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        self.asked.append((region, query))
        rows = [row for row in self.rows if row[0].region == region and row[1] < query.end]
        yield Records.of(rows)
        if region in self.failing:
            raise SourceError(f"{region} does not want to", code=self.failing[region])

    async def close(self) -> None:
        pass
