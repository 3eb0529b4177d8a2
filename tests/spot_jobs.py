"""A job that counts, saves how far it came when it is told to stop, and goes on from there."""

import asyncio
from pathlib import Path

from genba_contracts.events import SpotJobReported
from genba_servicekit.objects import FolderStore, ObjectStore
from spot_imds import FakeImds
from spot_price.adapters.checkpoints import Checkpoints
from spot_price.adapters.clock import WallClock
from spot_price.adapters.imds import Imds
from spot_price.adapters.reports import Reports
from spot_price.usecases.tending import Tender, Tending

COUNTS = """
n=$(cat "$GENBA_CHECKPOINTS/steps" 2>/dev/null || echo 0)
save() { echo "$n" > "$GENBA_CHECKPOINTS/steps.tmp"; mv "$GENBA_CHECKPOINTS/steps.tmp" "$GENBA_CHECKPOINTS/steps"; }
trap 'save; exit 0' TERM
echo "$n" >> "$GENBA_CHECKPOINTS/begun"
while [ "$n" -lt "$1" ]; do n=$((n + 1)); sleep 0.02; done
save
"""


def counting(until: int) -> list[str]:
    """The command of a job that counts so far."""
    return ["sh", "-c", COUNTS, "job", str(until)]


class Instance:
    """One instance, as far as the job on it is concerned: its metadata, its disk, its watcher."""

    def __init__(self, imds: FakeImds, store: ObjectStore | Path, disk: Path, **tending: object) -> None:
        self.store = FolderStore(store) if isinstance(store, Path) else store
        self.disk = disk
        self.metadata = Imds(imds.address)
        self.checkpoints = Checkpoints(self.store, disk)
        options = {"poll": 0.02, "grace": 5.0, "save_every": 60.0, "pause": 0.01} | tending
        wanted = Tending("test", environment={"GENBA_CHECKPOINTS": str(disk)}, **options)  # type: ignore[arg-type]
        self.tender = Tender(wanted, self.metadata, self.checkpoints, Reports(self.store), WallClock())

    async def run(self, command: list[str]) -> int:
        async with self.metadata:
            return await self.tender.run(command)

    def start(self, command: list[str]) -> "asyncio.Task[int]":
        return asyncio.create_task(self.run(command))

    async def reports(self, instance: str = "i-0001") -> list[SpotJobReported]:
        return list(await Reports(self.store).of(instance))

    async def reported(self, kind: str, instance: str = "i-0001") -> None:
        """Wait until the instance has told this."""
        async with asyncio.timeout(20):
            while kind not in [report.kind for report in await self.reports(instance)]:  # noqa: ASYNC110  (a file)
                await asyncio.sleep(0.02)
