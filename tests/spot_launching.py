"""A launcher with everything around it in memory: EC2, the store, the lease, the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from genba_contracts.events import JobReport, SpotJobReported
from spot_price.core.controlling import Budget, Ended, Offer, Rules
from spot_price.core.jobs import SETTINGS_MARK, Alive, Found, Job, Rehearsal, Seen
from spot_price.core.records import Pool
from spot_price.events import SOURCE
from spot_price.ports import KeptError, LaunchRefusedError
from spot_price.usecases.launching import Launcher, Order
from spot_watching import SetClock

JOB = Job("test", ("true",), "s3://jobs/test", SETTINGS_MARK)
A, B, C = (Pool("us-east-1", f"use1-az{number}", None, "g5.xlarge") for number in (1, 2, 3))
FAR = Pool("eu-west-1", "euw1-az1", None, "g5.xlarge")


class Killed(BaseException):
    """The launcher is gone at once, as by kill -9."""


@dataclass
class Calls:
    """Counts what goes outside; at a number the launcher is killed, before it is done or after."""

    count: int = 0
    kill_at: int | None = None

    def one(self) -> None:
        self.count += 1
        if self.count == self.kill_at:
            raise Killed


@dataclass
class Instance:
    """One in EC2."""

    found: Found
    seen: Seen = field(default_factory=lambda: Seen(Alive.RUNNING))


@dataclass
class Sky:
    """A `Cloud`: starts what is asked for, unless it is told not to.

    Attributes:
        refuses: what is said to the next starts, one after the other; a lost answer may have been heard.
        heard: whether what answers are lost of was done.
    """

    clock: SetClock
    calls: Calls
    instances: dict[str, Instance] = field(default_factory=dict)
    tokens: dict[tuple[int, int, Pool], str] = field(default_factory=dict)
    refuses: list[LaunchRefusedError] = field(default_factory=list)
    heard: bool = False
    asked: list[tuple[Pool, int]] = field(default_factory=list)
    most_alive: int = 0

    async def start(self, job: Job, offer: Offer, number: int, begun: int) -> str:
        self.calls.one()
        self.asked.append((offer.pool, number))
        refusal = self.refuses.pop(0) if self.refuses else None
        token = number, begun, offer.pool
        if refusal and not (refusal.lost and self.heard) and token not in self.tokens:
            raise refusal
        if token not in self.tokens:
            ident = self.tokens[token] = f"i-{len(self.tokens) + 1}"
            self.instances[ident] = Instance(Found(ident, offer.pool, number, self.clock.now()))
            self.most_alive = max(self.most_alive, len(self.alive))
        self.calls.one()
        if refusal and refusal.lost:
            raise refusal
        return self.tokens[token]

    async def rehearse(self, job: Job, offer: Offer) -> Rehearsal:
        raise NotImplementedError

    async def look(self, region: str, instance: str) -> Seen:
        self.calls.one()
        return self.instances[instance].seen if instance in self.instances else Seen(Alive.UNKNOWN)

    async def stop(self, region: str, instance: str) -> None:
        self.calls.one()
        self.end(instance, Seen(Alive.GONE, by_hand=True))
        self.calls.one()

    async def find(self, job: Job, regions: Sequence[str]) -> Sequence[Found]:
        self.calls.one()
        found = [each.found for each in self.instances.values() if each.seen.alive is not Alive.GONE]
        return sorted(found, key=lambda each: (each.number, each.since), reverse=True)

    def end(self, instance: str, seen: Seen) -> None:
        self.instances[instance].seen = seen

    @property
    def alive(self) -> list[str]:
        return [ident for ident, each in self.instances.items() if each.seen.alive is not Alive.GONE]


@dataclass
class Drawer:
    """What is kept of a job."""

    calls: Calls
    data: bytes | None = None
    said: dict[str, list[SpotJobReported]] = field(default_factory=dict)
    away: bool = False

    async def load(self) -> bytes | None:
        self.calls.one()
        return self.data

    async def keep(self, data: bytes) -> None:
        self.calls.one()
        if self.away:
            raise KeptError("the job's store: it is away")
        self.data = data
        self.calls.one()

    async def reports(self, instance: str) -> Sequence[SpotJobReported]:
        if self.away:
            raise KeptError("the job's store: it is away")
        return self.said.get(instance, [])

    def report(self, instance: str, kind: JobReport, code: int | None = None) -> None:
        told = SpotJobReported(source=SOURCE, job="test", instance=instance, zone="z", kind=kind, exit_code=code)
        self.said.setdefault(instance, []).append(told)


class Free:
    """A `Lease` that nobody else wants."""

    async def take(self) -> None:
        """It is had."""

    async def release(self) -> None:
        """Nobody is waiting."""


@dataclass
class World:
    """All of it."""

    rules: Rules = field(default_factory=Rules)
    prices: dict[Pool, float] = field(default_factory=lambda: {A: 0.4, B: 0.5, C: 0.6, FAR: 0.7})
    clock: SetClock = field(default_factory=SetClock)
    calls: Calls = field(default_factory=Calls)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sky = Sky(self.clock, self.calls)
        self.drawer = Drawer(self.calls)
        self.launcher = self.new()

    def new(self) -> Launcher:
        """A launcher that knows nothing but what is kept."""
        order = Order(JOB, self.rules, ["us-east-1", "eu-west-1"], every=0.0)
        return Launcher(
            order,
            cloud=self.sky,
            lease=Free(),
            kept=self.drawer,
            offers=self.offers,
            clock=self.clock,
            tell=self.told.append,
        )

    async def offers(self) -> Sequence[Offer]:
        self.calls.one()
        return [Offer(pool, price, 1.0) for pool, price in self.prices.items()]

    async def begin_again(self) -> None:
        """Another launcher, which has read what is kept and seen what there is."""
        self.launcher = self.new()
        await self.launcher._recover()

    async def step(self, seconds: int = 30) -> Ended | None:
        """One look, so long after the last."""
        self.clock.moment += seconds
        return await self.launcher.step()

    @property
    def where(self) -> Pool | None:
        """The pool that the launcher thinks its instance is in."""
        running = self.launcher.state.running
        return running.offer.pool if running else None


def world(total: float | None = None, **rules: object) -> World:
    made = Rules(budget=Budget(total=total))
    return World(replace(made, **rules))  # type: ignore[arg-type]
