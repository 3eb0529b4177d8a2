"""What use cases need of the outside, as Protocols: the adapters fulfil them, tests have fakes of their own."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from genba_contracts.events import Event
from spot_price.core.chart.tree import Picture, Typesetter
from spot_price.core.controlling import Offer
from spot_price.core.instances import InstanceType
from spot_price.core.jobs import Found, Identity, Job, Rehearsal, Seen
from spot_price.core.records import MICROS, UNKNOWN, Pool, Records, Seconds
from spot_price.core.steps import Steps

Events: TypeAlias = Callable[[Records], Sequence[Event]]


class Clock(Protocol):
    """What time it is where the prices come from."""

    def now(self) -> Seconds:
        """Now; a replay's clock may be elsewhere, and faster."""


class SourceError(Exception):
    """A region's prices cannot be had: why, in one line for people.

    Attributes:
        code: for programs: `throttled`, `opt-in-required`, `credentials`, `no-answer`, `refused`.
    """

    def __init__(self, reason: str, *, code: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """What a source is asked for in one region.

    Attributes:
        types: instance types by name, or patterns with `*`; empty: all.
        products: product descriptions; empty: all.
        start: from then on, the record in force then with it.
        end: until then.
    """

    types: tuple[str, ...]
    products: tuple[str, ...]
    start: Seconds
    end: Seconds


class PriceSource(Protocol):
    """Where prices come from."""

    @property
    def name(self) -> str:
        """What it is, for people: `aws`, `replay of prices.csv`, `synthetic (seed 7)`."""

    @property
    def synthetic(self) -> bool:
        """Whether the prices are made up."""

    @property
    def clock(self) -> Clock:
        """What time it is there."""

    async def regions(self) -> Sequence[str]:
        """Regions that it can be asked for, by name: those enabled for the account.

        Raises:
            SourceError: it cannot be asked at all.
        """

    def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        """Every record of a region from the one in force at the start until the end, page by page.

        Raises:
            SourceError: the region cannot be had, or not to the end.
        """

    async def close(self) -> None:
        """Let go of what is open."""


class Catalogue(Protocol):
    """What instance types have and cost on demand."""

    def dated(self, instance_type: str) -> str:
        """The date of what it says that a type costs, ISO 8601."""

    def types(self) -> Mapping[str, InstanceType]:
        """Every type that it knows, by name."""

    def on_demand(self, region: str, instance_type: str, product: str) -> float | None:
        """US dollars an hour; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Last:
    """The newest record of a pool."""

    pool: Pool
    at: Seconds
    micros: int
    holds: int | None

    def price(self, now: Seconds) -> float | None:
        """US dollars an hour; None where it is not known."""
        over = self.holds is not None and now > self.at + self.holds
        return None if over or self.micros == UNKNOWN else self.micros / MICROS


@dataclass(frozen=True, slots=True)
class Change:
    """A record that is newer than what was known of its pool.

    Attributes:
        now: the record.
        before: the one before it; None: the pool was not known.
    """

    now: Last
    before: Last | None


class Following(Protocol):
    """Who knows what is now, and can be told by another process what is newer."""

    async def hear(self, records: Iterable[Last]) -> object:
        """Take what is newer."""

    def settle(self, pool: Pool) -> None:
        """Take it that this pool counts as the cheapest of its type."""

    async def load(self) -> None:
        """Read everything anew."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the prices of a database come from, and how time goes there.

    Attributes:
        source: the source's name; one database has one.
        speed: how many times as fast as on the wall.
        wall, shown: Unix seconds on the wall, and what the source's clock showed then.
    """

    source: str
    speed: float
    wall: float
    shown: float


class Lead(Protocol):
    """Which of the processes on a database asks the source; the others follow it."""

    async def hold(self) -> bool:
        """Whether this process is the one, from now on for some seconds."""

    async def release(self) -> None:
        """Let another process be the one at once."""


@dataclass(frozen=True, slots=True)
class RegionState:
    """How a region's last poll went.

    Attributes:
        observed_until: the source has told everything until then; None: it never answered.
        tried_at: when it was last asked.
        failing_since: of the first failure since then; None if the last one went well.
        reason, code: of the last failure.
    """

    region: str
    observed_until: Seconds | None = None
    tried_at: Seconds | None = None
    failing_since: Seconds | None = None
    reason: str | None = None
    code: str | None = None


class PriceStore(Protocol):
    """Every record that there was, for as long as it is kept."""

    async def ingest(self, records: Records, *, events: Events | None = None) -> int:
        """Keep what is new of these, all or nothing; gives how many were. The same again changes nothing.

        Args:
            records: of any pools, in any order.
            events: gives what is to be published of those that are newer than all that was known of their pool. It is
                called in the writer's thread, within the transaction: it takes microseconds and waits for nothing.
        """

    async def last(self) -> Sequence[Last]:
        """The newest record of every pool."""

    async def steps(
        self, pools: Sequence[Pool], start: Seconds, end: Seconds, *, until: Mapping[str, Seconds] | None = None
    ) -> dict[Pool, Steps]:
        """Prices of these pools from `start` (with the record in force then) until `end`.

        Args:
            pools: which.
            start: from then.
            end: until then.
            until: by region: when its source last answered; nothing is known after that.
        """

    async def count(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> int:
        """How many records these pools have in a window."""

    async def imports(self) -> int:
        """The number of the newest import of a file; 0: there was none."""

    async def states(self) -> dict[str, RegionState]:
        """How the last poll of every region went."""

    async def set_state(self, state: RegionState) -> None:
        """Keep how a poll went."""

    async def set_states(self, states: Sequence[RegionState]) -> None:
        """Keep how several polls went, at once."""

    async def forget(self, before: Seconds) -> int:
        """Drop records that were over before then (the one in force then is kept); gives how many."""


class PlacementError(Exception):
    """There are no placement scores: why, in one line for people."""


class PlacementScores(Protocol):
    """Says how likely it is that there is capacity."""

    async def scores(self, types: Sequence[str], regions: Sequence[str]) -> Mapping[str, int]:
        """From 1 to 10 by zone id, for one instance of any of these types; zones that have none are left out.

        Args:
            types: that would do.
            regions: 10 at most.

        Raises:
            PlacementError: there are none.
        """


class RecordStore(PriceStore, Protocol):
    """What files are imported into, and exported from."""

    async def records(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> list[Records]:
        """Records of these pools, from those in force at the start until the end; what holds equally long together."""

    async def note_import(self, name: str, records: int) -> None:
        """Keep that a file was imported: servers on the same store see it."""


class ChartPainter(Protocol):
    """Makes files of charts. May be used from several threads."""

    @property
    def setter(self) -> Typesetter:
        """Measures text as it will be set."""

    def inline(self, picture: Picture) -> str:
        """An SVG that may stand in a page."""

    def paint(self, picture: Picture, image_format: Literal["svg", "png"], scale: int) -> bytes:
        """The whole file; a PNG is `scale` times as large as the picture says."""


class LaunchRefusedError(Exception):
    """An instance could not be started, or nothing can be said of it; why, in one line for people.

    Attributes:
        scope: what has no room: `pool`, `region`, or `none`: it is worth another try as it is.
        final: no try will help: something must be changed first.
        lost: no answer came, or none that says whether it was done.
    """

    def __init__(self, reason: str, *, scope: str = "none", final: bool = False, lost: bool = False) -> None:
        super().__init__(reason)
        self.scope, self.final, self.lost = scope, final, lost


class LeaseLostError(Exception):
    """Somebody else looks after the job; who, in one line for people."""


class KeptError(Exception):
    """What is known of a job cannot be kept or had: why, in one line for people."""


class Cloud(Protocol):
    """Where instances are started. Every method raises LaunchRefusedError."""

    async def start(self, job: Job, offer: Offer, number: int, begun: Seconds) -> str:
        """Start an instance, and give its id; the same number of a job begun then gives the same instance again."""

    async def rehearse(self, job: Job, offer: Offer) -> Rehearsal:
        """What starting it would use, and whether EC2 would let us."""

    async def look(self, region: str, instance: str) -> Seen:
        """What there is of an instance."""

    async def stop(self, region: str, instance: str) -> None:
        """End an instance: its system is told to shut down first."""

    async def find(self, job: Job, regions: Sequence[str]) -> Sequence[Found]:
        """Every instance of a job that is not gone, the newest first."""


class Lease(Protocol):
    """The right to look after a job, which one at a time has. Every method raises LeaseLostError."""

    async def take(self) -> None:
        """Get it, or hold it for longer."""

    async def release(self) -> None:
        """Leave it to others."""


class Metadata(Protocol):
    """What an instance is told by the one that it runs on. Every method raises MetadataError."""

    async def identity(self) -> Identity:
        """Which instance this is, and where."""

    async def interruption(self) -> Seconds | None:
        """When it will be taken back; None: nothing is known of that."""

    async def rebalance(self) -> Seconds | None:
        """Since when it is likelier than usual to be taken back; None: it is not."""


class MetadataError(Exception):
    """The instance's metadata cannot be had: why, in one line for people."""
