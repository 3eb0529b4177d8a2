"""The launcher at work: prices from the feed, instances in EC2, what is known in S3, and people who are told."""

import asyncio
import getpass
import os
import shlex
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from importlib import resources
from typing import Final

from genba_servicekit.objects import open_store
from spot_price.adapters.clock import WallClock
from spot_price.adapters.ec2 import open_ec2
from spot_price.adapters.kept import KeptInStore
from spot_price.adapters.lease import open_lease
from spot_price.core.controlling import Ended, Launch, Offer, State
from spot_price.core.durations import words_of
from spot_price.core.jobs import Job, Rehearsal
from spot_price.core.regions import UnknownNameError
from spot_price.launch.bundle import Bundle, bundle
from spot_price.launch.options import LaunchOptions
from spot_price.launch.planning import Plan, offers_of, plan_of
from spot_price.ports import Clock, LaunchRefusedError
from spot_price.usecases.launching import Launcher, Order, PricesError, Tell
from spot_price.watch.feed import Feed, FeedError, Snapshot

USER_DATA: Final = "cloud-init.yaml"
NOT_OURS: Final = frozenset({"opt-in-required", "credentials"})
"""Codes of regions that are closed to an account that other regions know: EC2 says either of one not opted in to."""


def job_of(options: LaunchOptions, packed: Bundle) -> Job:
    """The job that is asked for.

    Raises:
        ValueError: something does not fit.
        OSError: the user data cannot be read.
    """
    packaged = resources.files("spot_price") / "data" / USER_DATA
    settings = {"GENBA_JOB_CODE": packed.key, "GENBA_JOB_INSTALL": shlex.join(options.install)}
    return Job(
        name=options.name,
        command=options.command,
        store=f"{options.store or 's3://nowhere'}/{options.name}",
        user_data=(options.user_data or packaged).read_text("utf-8"),
        images=options.image,
        settings=settings,
        budget=options.rules.budget,
        instance_profile=options.instance_profile,
        key_name=options.key_name,
        security_groups=options.security_group,
        subnets=options.subnet,
        disk_gib=options.disk,
        tags=options.tag,
    )


async def rehearse(options: LaunchOptions, feed: Feed) -> Plan:
    """What would be done now; EC2 too is asked, unless the prices are made up.

    Raises:
        UnknownNameError, FeedError: see Feed.
        ValueError, OSError: see `job_of`.
    """
    job = job_of(options, bundle(options.code))
    snapshot = await feed.look(options.selection)
    plan = plan_of(snapshot, options.rules, options.max_price)
    if plan.synthetic or not isinstance(plan.decision, Launch):
        return plan
    async with open_ec2() as cloud:
        try:
            said = await cloud.rehearse(job, plan.decision.offer)
        except LaunchRefusedError as error:
            said = Rehearsal("no image", "no subnet", 0, str(error))
    return replace(plan, rehearsal=said)


class Work:
    """One launcher, from its first look to its end.

    Args:
        options: what it was told.
        feed: the prices.
        tell: hears what is done, a line at a time.
        take_over: take the job from whoever looks after it.
        clock: the time; that on the wall if none is given.
    """

    def __init__(
        self,
        options: LaunchOptions,
        feed: Feed,
        tell: Tell,
        *,
        take_over: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._options, self._feed, self._tell, self._take_over = options, feed, tell, take_over
        self._clock = clock or WallClock()
        self._failing: dict[str, str | None] = {}
        self._launcher: Launcher | None = None

    @property
    def state(self) -> State | None:
        """What is known of the job; None: nothing yet."""
        return self._launcher.state if self._launcher and self._launcher.looked else None

    async def run(self) -> Ended:
        """Look after the job until it has ended.

        Raises:
            UnknownNameError, FeedError: see Feed.
            LeaseLostError, LaunchRefusedError, KeptError: see Launcher.
            ValueError, OSError: see `job_of`.
            BotoCoreError, ClientError: the store does not take the code.
        """
        options = self._options
        packed = bundle(options.code)
        job = job_of(options, packed)
        first = await self._feed.look(options.selection)
        if first.synthetic:
            raise ValueError(f"prices: {first.source}: nothing is started on prices that are made up; see --dry-run")
        regions = _regions_of(first)
        self._tell(f"prices: {first.source}; {len(first.quotes)} pools in {len(regions)} regions")
        self._tell_failing(first)
        clock = self._clock
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_store(job.store))
            lease = open_lease(job.store, _holder(), clock, take_over=self._take_over)
            cloud = await stack.enter_async_context(open_ec2())
            if await store.info(packed.key) is None:
                await store.put(packed.key, packed.data)
            self._launcher = Launcher(
                Order(job, options.rules, regions, options.every),
                cloud=cloud,
                lease=await stack.enter_async_context(lease),
                kept=KeptInStore(store),
                offers=self._offers,
                clock=clock,
                tell=self._tell,
            )
            return await self._launcher.run()

    async def _offers(self) -> Sequence[Offer]:
        try:
            snapshot = await self._feed.look(self._options.selection)
        except (FeedError, UnknownNameError) as error:
            raise PricesError(str(error)) from None
        self._tell_failing(snapshot)
        return offers_of(snapshot, self._options.rules, self._options.max_price)

    def _tell_failing(self, snapshot: Snapshot) -> None:
        failing = {state.region: state.reason for state in snapshot.failing}
        for region, reason in failing.items():
            if self._failing.get(region, "") != reason:
                self._tell(f"{region}: {reason}")
        self._failing = failing


def _regions_of(seen: Snapshot) -> list[str]:
    """Where instances may be: those of a region that only fails now too, but none where the account may not go."""
    failing = {state.region for state in seen.failing if state.code not in NOT_OURS}
    return sorted({quote.pool.region for quote in seen.quotes} | failing)


async def until_told(work: Work, feed: Feed, every_second: Callable[[State], None]) -> Ended:
    """Do the work until it has ended, or SIGTERM comes, which is as Ctrl-C: CancelledError."""
    working = asyncio.current_task()
    if working is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    showing = asyncio.create_task(_show(work, every_second))
    try:
        return await work.run()
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing
        await feed.close()


async def _show(work: Work, every_second: Callable[[State], None]) -> None:
    while True:
        if (state := work.state) is not None:
            every_second(state)
        await asyncio.sleep(1)


def standing(state: State, options: LaunchOptions, now: int) -> str:
    """How the job stands, in a line."""
    running, budget = state.running, options.rules.budget
    where = "no instance"
    if running is not None:
        where = f"{running.instance} in {running.offer.pool.zone} at ${running.offer.price:.4f} an hour"
    of = "" if budget.total is None else f" of ${budget.total:.2f}"
    took = f"{state.interruptions} interruptions, {state.moves} moves"
    return f"{options.name}: {where}; ${state.spent:.2f}{of} spent in {words_of(max(0, now - state.began))}; {took}"


def left_behind(state: State | None, words: Sequence[str]) -> list[str]:
    """What goes on when nobody looks after it, and how to go on."""
    again = f"go on with it: {shlex.join(words)}"
    if state is None:
        return ["nothing was done; what runs was not looked at", again]
    if state.running is None and state.asked is None:
        return ["no instance runs", again]
    if state.running is None:
        return ["an instance was asked for, and may be there", again]
    instance, pool = state.running.instance, state.running.offer.pool
    end = f"aws ec2 terminate-instances --region {pool.region} --instance-ids {instance}"
    price = f"{state.running.offer.price:.4f}"
    alone = f"{instance} goes on in {pool.zone} at ${price} an hour until its job ends"
    return [f"{alone}; meanwhile nobody starts it anew elsewhere", again, f"end it: {end}"]


def _holder() -> str:
    """Who this is; nobody else calls themselves so, as long as this process lives."""
    return f"{getpass.getuser()}@{socket.gethostname()}, process {os.getpid()}, {os.urandom(4).hex()}"
