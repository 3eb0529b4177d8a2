"""The launcher as a task of a test: prices from a recording, EC2 and S3 as moto has them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genba_contracts.events import JobReport, SpotJobReported
from genba_servicekit.objects import open_store
from spot_cloud import IMAGE, STORE, ZONES, prices_file
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.replay import ReplayClock, ReplaySource, read_recordings
from spot_price.adapters.reports import Reports
from spot_price.core.controlling import Ended
from spot_price.events import SOURCE
from spot_price.launch.options import LaunchOptions, read_options
from spot_price.launch.running import Work
from spot_price.ports import LaunchRefusedError, LeaseLostError
from spot_price.watch.direct import DirectFeed

PRICES = {ZONES[0]: 0.5, ZONES[1]: 0.4, ZONES[2]: 0.6}
TOLD = {
    "command": ["python", "train.py", "a b"],
    "type": ["g5.xlarge"],
    "store": STORE,
    "image": [IMAGE],
    "instance-profile": "genba-job",
    "tag": ["team=vision"],
    "budget-time": "12h",
}


def options(**more: object) -> LaunchOptions:
    return replace(read_options(TOLD | {name.replace("_", "-"): value for name, value in more.items()}, {}), every=0.1)


@dataclass
class Launched:
    """A launcher at work, and what it tells."""

    work: Work
    told: list[str] = field(default_factory=list)
    task: "asyncio.Task[Ended]" = field(init=False)

    async def says(self, words: str) -> None:
        async with asyncio.timeout(20):
            while not any(words in line for line in self.told):
                assert not self.task.done() or not self.task.exception(), self.task.exception()
                await asyncio.sleep(0.02)


@asynccontextmanager
async def launching(folder: Path, prices: Mapping[str, float] = PRICES, **more: Any) -> AsyncIterator[Launched]:
    take_over, clock = more.pop("take_over", False), more.pop("clock", None)
    recorded = read_recordings([prices_file(folder, prices)])
    feed = DirectFeed(ReplaySource(recorded, ReplayClock(1.0), name="replay"), packaged())
    told: list[str] = []
    launched = Launched(Work(options(**more), feed, told.append, take_over=take_over, clock=clock), told)
    launched.task = asyncio.create_task(launched.work.run())
    try:
        yield launched
    finally:
        launched.task.cancel()
        with suppress(asyncio.CancelledError, LeaseLostError, LaunchRefusedError):
            await launched.task


async def told_by(instance: str, kind: JobReport, code: int | None = None, job: str = "job") -> None:
    report = SpotJobReported(source=SOURCE, job=job, instance=instance, zone="use1-az1", kind=kind, exit_code=code)
    async with open_store(f"{STORE}/{job}") as store:
        await Reports(store).tell(report)


def in_thread(read: Callable[[], Any]) -> Any:
    return asyncio.to_thread(read)
