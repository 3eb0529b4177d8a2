"""The command line's part for the instance itself: `watch-instance`."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from genba_servicekit.bus import EventBus
from genba_servicekit.cli import fail, read_settings
from genba_servicekit.logging import configure_logging
from genba_servicekit.objects import open_store
from spot_price.adapters.checkpoints import CheckpointError, Checkpoints
from spot_price.adapters.clock import WallClock
from spot_price.adapters.imds import ADDRESS, Imds
from spot_price.adapters.reports import Reports
from spot_price.core.durations import seconds_of
from spot_price.events import SOURCE
from spot_price.ports import MetadataError
from spot_price.settings import SpotSettings
from spot_price.usecases.tending import Tender, Tending

FOLDER_VARIABLE = "GENBA_CHECKPOINTS"
"""What the job finds the folder of checkpoints under."""
SHORTEST = 0.05
"""Seconds between looks and savings at the least."""


def add_instance_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("watch-instance")(watch_instance_command)


def watch_instance_command(  # noqa: PLR0917  (options of a command line, by name)
    command: Annotated[list[str], typer.Argument(help="The job: what comes after --.", metavar="-- COMMAND…")],
    job: Annotated[str, typer.Option(help="The job's name.")],
    store: Annotated[str, typer.Option(help="Where its checkpoints are kept safe: s3://bucket/prefix, or a folder.")],
    checkpoints: Annotated[Path, typer.Option(help="The folder that the job saves to and goes on from.")],
    poll: Annotated[str, typer.Option(metavar="TIME", help="Between looks for a notice.")] = "5s",
    grace: Annotated[str, typer.Option(metavar="TIME", help="What the job has to save when told to stop.")] = "90s",
    save_every: Annotated[str, typer.Option(metavar="TIME", help="Between savings while it runs.")] = "10m",
    stop_when_warned: Annotated[
        bool, typer.Option("--stop-when-warned", help="Stop at EC2's recommendation to go elsewhere already.")
    ] = False,
    metadata: Annotated[
        str, typer.Option(help="Address of the instance's metadata.", envvar="AWS_EC2_METADATA_SERVICE_ENDPOINT")
    ] = ADDRESS,
) -> None:
    """Run a job on a Spot instance: from its last checkpoint on, saved before the instance is taken back.

    The job gets SIGTERM when it has to save and end, and finds its folder in GENBA_CHECKPOINTS. Files that are still
    being written end in .tmp or .part. The exit code is the job's.
    """
    settings = read_settings(SpotSettings)
    configure_logging(settings)
    try:
        poll_seconds, grace_seconds, saving = (float(seconds_of(text)) for text in (poll, grace, save_every))
        environment = {FOLDER_VARIABLE: str(checkpoints.absolute())}
        tending = Tending(
            job=job,
            poll=max(poll_seconds, SHORTEST),
            grace=grace_seconds,
            save_every=max(saving, SHORTEST),
            stop_when_warned=stop_when_warned,
            environment=environment,
        )
        watching = _watch(tending, command, store, checkpoints, metadata=metadata, redis_url=settings.redis_url)
        code = asyncio.run(watching)
    except (MetadataError, CheckpointError, ValueError, OSError, BotoCoreError, ClientError) as error:
        fail(str(error))
    raise SystemExit(code if code >= 0 else 128 - code)


async def _watch(
    tending: Tending, command: list[str], store: str, folder: Path, *, metadata: str, redis_url: str | None
) -> int:
    bus = EventBus(redis_url, SOURCE) if redis_url else None
    async with Imds(metadata) as imds, open_store(store) as objects:
        if bus is not None:
            await bus.start()
        tender = Tender(tending, imds, Checkpoints(objects, folder), Reports(objects, bus), WallClock())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, tender.stop)
        try:
            return await tender.run(command)
        finally:
            if bus is not None:
                await bus.stop()
