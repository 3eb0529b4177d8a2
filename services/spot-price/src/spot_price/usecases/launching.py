"""The loop around the controller: it looks at what there is, does what is decided, and keeps what it knows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from genba_contracts.events import JobReport, SpotJobReported
from spot_price.core import controlling
from spot_price.core.controlling import Ended, Launch, Leaving, Offer, Rules, Running, State, Stop
from spot_price.core.jobs import Alive, Found, Job, state_json, state_of
from spot_price.core.records import Pool
from spot_price.ports import Clock, Cloud, KeptError, LaunchRefusedError, Lease

LOOK: Final = 30.0
"""Seconds between looks. A notice comes 120 s ahead, so a look or two see it before the instance is gone."""
SEEN_BY: Final = 300
"""Seconds after a start in which EC2 may not know of the instance yet; it is seldom more than some seconds."""
MOST_LOST: Final = 10
"""Answers that may be lost one after the other before an instance that cannot be found was not started."""


class PricesError(Exception):
    """No price can be had now: why, in one line for people."""


Offers = Callable[[], Awaitable[Sequence[Offer]]]
Tell = Callable[[str], None]


class Kept(Protocol):
    """Where what is known is kept. Every method raises KeptError."""

    async def load(self) -> bytes | None:
        """What was kept; None: nothing."""

    async def keep(self, data: bytes) -> None:
        """Keep it."""

    async def reports(self, instance: str) -> Sequence[SpotJobReported]:
        """What an instance told."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a launcher is to do.

    Attributes:
        job: what is to run.
        rules: how it is to be treated.
        regions: where instances of it may be.
        every: seconds between looks.
    """

    job: Job
    rules: Rules
    regions: Sequence[str]
    every: float = LOOK


class Launcher:
    """Looks after one job until it has ended.

    Args:
        order: what to do.
        cloud: where instances are.
        lease: the right to look after it.
        kept: where what is known is kept.
        offers: gives every pool that it could run in, with its price now.
        clock: the time.
        tell: hears what is done, a line at a time.
    """

    def __init__(
        self, order: Order, *, cloud: Cloud, lease: Lease, kept: Kept, offers: Offers, clock: Clock, tell: Tell
    ) -> None:
        self._order, self._rules = order, order.rules
        self._cloud, self._lease, self._kept, self._offers = cloud, lease, kept, offers
        self._clock, self._tell = clock, tell
        self._state = controlling.begin(clock.now())
        self._last_offers: Sequence[Offer] = ()
        self._read = 0
        self._stopped: set[str] = set()
        self._lost = 0
        self.looked = False
        """Whether what was kept was read, and instances were looked for."""
        self._said = ""

    @property
    def state(self) -> State:
        """What is known of the job."""
        return self._state

    async def run(self) -> Ended:
        """Look after the job to its end.

        Raises:
            LeaseLostError: somebody else does; its instance is left alone.
            LaunchRefusedError: something must be changed before an instance can be started.
        """
        await self._lease.take()
        try:
            await self._recover()
            while True:
                await self._lease.take()
                try:
                    ended = await self.step()
                except KeptError as error:
                    self._say(str(error))
                    ended = None
                if ended is not None:
                    return ended
                await asyncio.sleep(self._order.every)
        finally:
            await self._lease.release()

    async def step(self) -> Ended | None:
        """Look once, and do what is to be done; what it ended with, if it has."""
        before = self._state
        await self._look()
        self._last_offers = await self._priced()
        self._state, decision = controlling.decide(self._state, self._rules, self._clock.now(), self._last_offers)
        if isinstance(decision, Launch):
            await self._save()  # the number, before EC2 hears of it
            await self._launch(decision)
        elif isinstance(decision, Stop):
            await self._stop(decision.running)
        elif isinstance(decision, Ended):
            await self._stop_all()
            await self._save()
            self._say(f"{decision.reason}; ${self._state.spent:.2f} spent, {self._state.interruptions} interruptions")
            return decision
        else:
            self._say(decision.reason)
        if self._state != before:
            await self._save()
        return None

    async def _recover(self) -> None:
        """Go on from what was kept, and from the instances that there are."""
        data = await self._kept.load()
        if data is not None:
            self._state = state_of(data)
            if self._state.ended is not None and self._state.running is None:  # the same job, once more
                self._state = replace(controlling.begin(self._clock.now()), number=self._state.number)
        found = await self._cloud.find(self._order.job, self._order.regions)
        known = self._state.running
        if known is None and found:
            await self._adopt(found[0])
        kept = self._state.running.instance if self._state.running else ""
        for other in found:
            if other.instance != kept and not other.ending:
                self._say(f"ending {other.instance}: there is another")
                await self._cloud.stop(other.pool.region, other.instance)
        self.looked = True

    async def _adopt(self, newest: Found) -> None:
        """Look after an instance that was found."""
        self._say(f"going on with {newest.instance} in {newest.pool.zone}")
        number = max(self._state.number, newest.number)
        self._state = replace(self._state, asked=self._state.asked or await self._offer_of(newest), number=number)
        self._state = controlling.launched(self._state, self._clock.now(), newest.instance)
        if newest.ending and self._state.running is not None:
            self._state = replace(self._state, running=replace(self._state.running, leaving=Leaving.ENDED))

    async def _offer_of(self, found: Found) -> Offer:
        for offer in await self._priced():
            if same_pool(offer.pool, found.pool):
                return offer
        return Offer(found.pool, 0.0, 0.0)

    async def _look(self) -> None:
        """Hear what became of the instance."""
        running = self._state.running
        if running is None:
            return
        region = running.offer.pool.region
        try:
            seen = await self._cloud.look(region, running.instance)
        except LaunchRefusedError as error:
            self._say(str(error))
            return
        if seen.alive is Alive.UNKNOWN:
            young = self._clock.now() - running.since < SEEN_BY
            seen = replace(seen, alive=Alive.STARTING if young else Alive.GONE)
        await self._hear(running)  # after the look: of an instance that is gone, this is all that there will be
        ended = seen.alive is Alive.GONE
        if ended or self._let_go(running):
            leaving = self._state.running.leaving if self._state.running else None
            interrupted = seen.interrupted or (not ended and leaving is Leaving.INTERRUPTED)
            if ended and not leaving:
                self._say(f"{running.instance} is gone: {seen.reason or 'EC2 does not say why'}")
            self._state = controlling.gone(
                self._state, self._rules, self._clock.now(), interrupted=interrupted, by_hand=seen.by_hand
            )
            self._read = 0
            if not ended:  # it has nothing more to do, and need not wait for EC2's two minutes
                await self._end(region, running.instance)

    async def _hear(self, running: Running) -> None:
        now = self._clock.now()
        reports = await self._kept.reports(running.instance)
        for report in reports[self._read :]:
            self._say(f"{report.instance} in {report.zone}: {report.kind} {report.detail}".rstrip())
            if report.kind is JobReport.NOTICED:
                self._state = controlling.noticed(self._state, self._rules, now)
            elif report.kind is JobReport.WARNED:
                self._state = controlling.warned(self._state, self._rules, now)
            elif report.kind is JobReport.FINISHED:
                self._state = controlling.finished(self._state, now, report.exit_code or 0)
            elif report.kind is JobReport.STOPPED:
                self._stopped.add(report.instance)
        self._read = len(reports)

    def _let_go(self, running: Running) -> bool:
        """Whether the instance's job has ended and its work is safe, so that another may begin."""
        return running.instance in self._stopped

    async def _priced(self) -> Sequence[Offer]:
        try:
            return await self._offers()
        except PricesError as error:
            self._say(f"no prices: {error}")
            return ()

    async def _launch(self, decision: Launch) -> None:
        offer = decision.offer
        try:
            instance = await self._cloud.start(self._order.job, offer, decision.number, self._state.began)
        except LaunchRefusedError as error:
            if error.final:
                self._state = replace(self._state, asked=None)
                await self._save()
                raise
            self._say(f"{offer.pool.zone}: {error}")
            if error.lost and await self._may_be_there(decision):
                return
            pools = [each.pool for each in self._last_offers if _touches(error.scope, offer.pool, each.pool)]
            self._state = controlling.refused(self._state, self._rules, self._clock.now(), pools=pools)
            return
        self._started(instance)
        self._say(f"started {instance} in {offer.pool.zone} at ${offer.price:.4f} an hour, at most ${offer.cap:.4f}")

    def _started(self, instance: str) -> None:
        self._state = controlling.launched(self._state, self._clock.now(), instance)
        self._read = self._lost = 0

    async def _may_be_there(self, decision: Launch) -> bool:
        """Whether what was asked for may have been started, or was: then it is asked for again under its number."""
        self._lost += 1
        if self._lost < MOST_LOST:
            return True
        try:
            found = await self._cloud.find(self._order.job, [decision.offer.pool.region])
        except LaunchRefusedError:
            return True
        for each in found:
            if each.number == decision.number:
                self._started(each.instance)
                return True
        self._lost = 0
        return False

    async def _stop(self, running: Running) -> None:
        self._say(f"ending {running.instance}: {running.leaving}")
        await self._end(running.offer.pool.region, running.instance)

    async def _end(self, region: str, instance: str) -> None:
        try:
            await self._cloud.stop(region, instance)
        except LaunchRefusedError as error:
            self._say(str(error))
            again = self._state.running  # it is decided anew at the next look
            if again is not None and again.instance == instance and again.leaving is not Leaving.INTERRUPTED:
                self._state = replace(self._state, running=replace(again, leaving=None))

    async def _stop_all(self) -> None:
        """See to it that no instance is left, whatever was or was not known of it."""
        try:
            for found in await self._cloud.find(self._order.job, self._order.regions):
                if not found.ending:
                    self._say(f"ending {found.instance}, which is left")
                    await self._cloud.stop(found.pool.region, found.instance)
        except LaunchRefusedError as error:
            raise KeptError(f"whether an instance is left is not known: {error}") from None

    async def _save(self) -> None:
        await self._kept.keep(state_json(self._state))

    def _say(self, line: str) -> None:
        if line != self._said:
            self._said = line
            self._tell(line)


def same_pool(one: Pool, other: Pool) -> bool:
    """Whether two pools are one, of which one source knows the zone's id and another its name."""
    if one.region != other.region or one.instance_type != other.instance_type:
        return False
    if one.zone_id and other.zone_id:
        return one.zone_id == other.zone_id
    return one.zone_name is not None and one.zone_name == other.zone_name


def _touches(scope: str, refused: Pool, pool: Pool) -> bool:
    if scope == "pool":
        return pool == refused
    return scope == "region" and pool.region == refused.region and pool.instance_type == refused.instance_type
