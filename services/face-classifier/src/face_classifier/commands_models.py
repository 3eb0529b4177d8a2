"""The command line's part about versions of the model: `models add`, `list`, `promote`, `rollback`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from face_classifier.adapters import schema
from face_classifier.adapters.bundles import get_bundle, read_manifest
from face_classifier.adapters.herald import SOURCE, OutboxHerald
from face_classifier.adapters.versions import Versions
from face_classifier.core.bundles import BundleError, Manifest
from face_classifier.core.promotions import PromotionError
from face_classifier.settings import FaceSettings
from face_classifier.usecases.registry import Registry, Version
from genba_servicekit.bus import EventBus
from genba_servicekit.cli import fail, open_database, read_settings
from genba_servicekit.errors import ProblemError
from genba_servicekit.objects import open_store
from genba_servicekit.outbox import OutboxRelay

T = TypeVar("T")


def add_model_commands(cli: typer.Typer) -> None:
    """Add the commands to a command line."""
    models = typer.Typer(help="Versions of the model, and which of them answers.", no_args_is_help=True)
    models.command("add")(add_command)
    models.command("list")(list_command)
    models.command("promote")(promote_command)
    models.command("rollback")(rollback_command)
    cli.add_typer(models, name="models")


def add_command(
    run: Annotated[str, typer.Argument(help="Where `train` has put it: a folder or s3://….", metavar="RUN")],
    *,
    promote: Annotated[bool, typer.Option("--promote", help="Have it answer, too.")] = False,
) -> None:
    """Keep a trained model as another version."""

    async def work(registry: Registry) -> Version:
        manifest, files = await _read(run)
        version = await registry.add(manifest, files)
        return await registry.promote(version.number) if promote else version

    version = _work(work)
    typer.echo(f"Version {version.number} is {_named(version.manifest)}" + (", and answers." if promote else "."))


def list_command() -> None:
    """List the versions of the model, the newest first; the one that answers has a star."""
    versions = _work(Registry.listed)
    table = Table("", "version", "name", "network", "people", "top-1", "trained", box=None, pad_edge=False)
    for version in versions:
        about = version.manifest
        top1 = about.metrics.get("top1")
        table.add_row(
            "*" if version.promoted else "",
            str(version.number),
            about.name + (" (drawn)" if about.drawn else ""),
            about.architecture,
            str(len(about.labels)),
            f"{top1:.1%}" if isinstance(top1, int | float) else "-",
            about.created_at,
        )
    Console(width=120).print(table)


def promote_command(version: Annotated[int, typer.Argument(help="Its number.")]) -> None:
    """Have a version answer, in every process, without any request failing or waiting."""
    promoted = _work(lambda registry: registry.promote(version))
    typer.echo(f"Version {promoted.number}, {_named(promoted.manifest)}, answers.")


def rollback_command() -> None:
    """Have that version answer again that did before."""
    promoted = _work(Registry.rollback)
    typer.echo(f"Version {promoted.number}, {_named(promoted.manifest)}, answers again.")


def _work(action: Callable[[Registry], Awaitable[T]]) -> T:
    """Run this on the service's versions, beside whatever server runs on them."""

    async def run() -> T:
        settings = read_settings(FaceSettings)
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(open_database(settings, "face_classifier.migrations"))
            bus = EventBus(settings.redis_url, SOURCE)
            await bus.start()
            stack.push_async_callback(bus.stop)
            relay = OutboxRelay(database, schema.outbox, bus)
            store = await stack.enter_async_context(open_store(settings.artifacts))
            done = await action(Registry(Versions(store), OutboxHerald(database)))
            await relay.start()  # what it has to tell is told now if it can be, and by the server if not
            await relay.stop()
            return done

    try:
        return asyncio.run(run())
    except (ProblemError, BundleError, PromotionError) as error:
        fail(str(error))


async def _read(run: str) -> tuple[Manifest, dict[str, bytes]]:
    async with open_store(run) as store:
        try:
            manifest = await read_manifest(store)
            return await get_bundle(store, list(manifest.files))
        except BundleError as error:
            raise BundleError(f"{run}: {error}") from error


def _named(manifest: Manifest) -> str:
    people = "drawn people" if manifest.drawn else "people"
    return f"{manifest.name} ({manifest.architecture}, {len(manifest.labels)} {people})"
