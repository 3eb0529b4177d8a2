"""On the instance: a job is started from its last checkpoint, watched, and saved before the instance is taken back."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from genba_contracts.events import JobReport, SpotJobReported
from genba_servicekit.logging import get_logger
from spot_price.core.jobs import Identity, Manifest
from spot_price.core.records import Seconds
from spot_price.events import SOURCE
from spot_price.ports import Clock, Metadata, MetadataError

POLL: Final = 5.0
"""Seconds between looks at the metadata, as EC2's guide advises; a notice comes 120 s ahead."""
GRACE: Final = 90.0
"""Seconds that a job has to save when it is told to stop: what is left of the notice is for the upload."""
NOT_STARTED: Final = 127
"""Exit code of a command that is not there, as shells have it."""
LAST_TRIES: Final = 3
"""Of the last upload, beside those of the S3 client itself."""

log = get_logger(__name__)


class Safe(Protocol):
    """Where checkpoints are kept safe."""

    last: Manifest | None

    async def restore(self) -> Manifest | None:
        """Bring the folder to the last checkpoint that is safe."""

    async def save(self, instance: str, now: Seconds) -> Manifest | None:
        """Keep what is in the folder safe; None if it was already."""


class Told(Protocol):
    """Who hears of the job."""

    async def tell(self, report: SpotJobReported) -> None:
        """Tell what became of it."""


@dataclass(frozen=True, slots=True)
class Tending:
    """How a job is tended.

    Attributes:
        job: its name.
        poll: seconds between looks at the metadata.
        grace: seconds that it has to save when it is told to stop.
        save_every: seconds between savings of what it has written meanwhile.
        pause: seconds between tries of the last upload.
        stop_when_warned: stop it at a rebalance recommendation already.
        environment: of the job, beside this process's own.
    """

    job: str
    poll: float = POLL
    grace: float = GRACE
    save_every: float = 600.0
    pause: float = 1.0
    stop_when_warned: bool = False
    environment: Mapping[str, str] | None = None


class Tender:
    """Tends one job on one instance."""

    def __init__(self, tending: Tending, metadata: Metadata, safe: Safe, told: Told, clock: Clock) -> None:
        self._tending = tending
        self._metadata = metadata
        self._safe, self._told, self._clock = safe, told, clock
        self._stop = asyncio.Event()
        self._why = "this was told to stop"
        self._identity = Identity("", "", "")
        self._warned = False
        self._saving = asyncio.Lock()

    def stop(self) -> None:
        """Have the job saved and ended: what a shutdown of the system asks for."""
        self._stop.set()

    async def run(self, command: Sequence[str]) -> int:
        """Start the job and stay with it until it has ended and what it saved is safe; gives its exit code.

        Raises:
            MetadataError: this is no instance, or it does not say which.
            OSError: the command cannot be started.
        """
        self._identity = await self._metadata.identity()
        restored = await self._safe.restore()
        environment = {**os.environ, **(self._tending.environment or {})}
        try:
            process = await asyncio.create_subprocess_exec(*command, env=environment, start_new_session=True)
        except OSError as error:  # the next instance could not start it either
            await self._tell(JobReport.FINISHED, f"it cannot be started: {error}", exit_code=NOT_STARTED)
            raise
        try:
            number = restored.number if restored else 0
            await self._tell(JobReport.STARTED, f"from checkpoint {number}" if number else "from the beginning")
            watching = asyncio.create_task(self._watch())
            saving = asyncio.create_task(self._save_now_and_then())
            stopping = asyncio.create_task(self._stop.wait())
            ending = asyncio.create_task(process.wait())
            await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
            told = self._stop.is_set() and not ending.done()
            if told:
                await self._end(process, ending)
            for task in (watching, saving, stopping):
                task.cancel()
            await asyncio.gather(watching, saving, stopping, return_exceptions=True)
        finally:
            _signal(process, signal.SIGKILL)  # whatever happened, nothing of it stays behind
        code = await process.wait()
        safe = await self._save(tries=LAST_TRIES)
        kind = JobReport.STOPPED if told else JobReport.FINISHED
        details = [self._why if told else "", "" if safe else "what it saved could not be kept"]
        await self._tell(kind, "; ".join(filter(None, details)), exit_code=code)
        return code

    async def _watch(self) -> None:
        """Look for notices until there is one."""
        failing = False
        while not self._stop.is_set():
            try:
                at = await self._metadata.interruption()
                since = None if self._warned else await self._metadata.rebalance()
            except MetadataError as error:
                if not failing:
                    log.warning("the metadata cannot be had", reason=str(error))
                failing = True
            else:
                failing = False
                if at is not None:
                    self._why = f"EC2 takes the instance back in {max(0, at - self._clock.now())} s"
                    self._stop.set()
                    await self._tell(JobReport.NOTICED, self._why)
                    return
                if since is not None:
                    await self._warn()
            await asyncio.sleep(self._tending.poll)

    async def _warn(self) -> None:
        self._warned = True
        await self._tell(JobReport.WARNED, "EC2 recommends to go elsewhere")
        if self._tending.stop_when_warned:
            self._why = "EC2 recommends to go elsewhere"
            self._stop.set()
        else:
            await self._save()

    async def _save_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._tending.save_every)
            await self._save()

    async def _save(self, tries: int = 1) -> bool:
        """Keep what is there safe. A store that is away is told of, and tried again at the next time."""
        async with self._saving:
            for left in reversed(range(tries)):
                try:
                    saved = await self._safe.save(self._identity.instance, self._clock.now())
                except Exception as error:  # noqa: BLE001  (whatever it was, the job goes on)
                    log.warning("the checkpoint could not be kept", reason=str(error))
                    await asyncio.sleep(self._tending.pause if left else 0.0)
                    continue
                if saved is not None:
                    size = sum(file.size for file in saved.files)
                    await self._tell(JobReport.SAVED, f"{len(saved.files)} files, {size} bytes")
                return True
        return False

    async def _end(self, process: Process, ending: "asyncio.Task[int]") -> None:
        """SIGTERM to the job and what it started; SIGKILL if it takes too long."""
        _signal(process, signal.SIGTERM)
        _, pending = await asyncio.wait({ending}, timeout=self._tending.grace)
        if pending:
            self._why += f"; it did not end within {self._tending.grace:.0f} s"
            _signal(process, signal.SIGKILL)
            await ending

    async def _tell(self, kind: JobReport, detail: str = "", exit_code: int | None = None) -> None:
        report = SpotJobReported(
            source=SOURCE,
            job=self._tending.job,
            instance=self._identity.instance,
            zone=self._identity.zone,
            kind=kind,
            checkpoint=self._safe.last.number if self._safe.last else 0,
            exit_code=exit_code,
            detail=detail,
        )
        log.info("job", kind=kind, detail=detail)
        try:
            await self._told.tell(report)
        except Exception as error:  # noqa: BLE001  (a job is not ended because nobody hears of it)
            log.warning("a report could not be kept", kind=kind, reason=str(error))


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
