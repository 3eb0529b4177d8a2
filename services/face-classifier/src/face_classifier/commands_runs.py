"""The command line's part that compares trainings: `runs`."""

import json
from typing import Annotated, Any, Final

import anyio
import typer
from rich.console import Console
from rich.table import Table

from face_classifier.adapters.bundles import read_manifest
from face_classifier.commands_dataset import Printed, PrintFormat
from face_classifier.core.bundles import MANIFEST, BundleError, Manifest
from face_classifier.core.recipes import Recipe
from genba_servicekit.cli import fail
from genba_servicekit.objects import open_store

ALWAYS: Final = ("architecture", "steps", "batch")
"""Settings that are shown even where all runs agree."""


def add_runs_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("runs")(runs_command)


def runs_command(
    folders: Annotated[list[str], typer.Argument(help="Runs, or folders of runs; or s3://bucket/prefix.")],
    print_format: PrintFormat = Printed.TABLE,
) -> None:
    """Compare trainings: the settings in which they differ, and what came of them, the best first."""
    found: dict[str, Manifest] = {}
    for folder in folders:
        try:
            found |= anyio.run(_manifests, folder)
        except (BundleError, OSError) as error:
            fail(f"{folder}: {error}")
    if not found:
        fail(f"{', '.join(folders)}: there is no training that is done; `face-classifier train` makes one")
    order = sorted(found.items(), key=lambda pair: -float(pair[1].metrics.get("top1", 0)))
    if print_format is Printed.JSON:
        rows = [{"run": run, "settings": dict(each.settings), "metrics": dict(each.metrics)} for run, each in order]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        _print(order)


async def _manifests(folder: str) -> dict[str, Manifest]:
    async with open_store(folder) as store:
        keys = [info.key async for info in store.find() if info.key.rpartition("/")[2] == MANIFEST]
        prefixes = [key.removesuffix(MANIFEST) for key in keys]
        return {f"{folder.rstrip('/')}/{prefix}".rstrip("/"): await read_manifest(store, prefix) for prefix in prefixes}


def _print(order: list[tuple[str, Manifest]]) -> None:
    defaults = Recipe().as_json()
    settings = [{**defaults, **each.settings} for _, each in order]
    shown = [name for name in defaults if name in ALWAYS or len({str(each[name]) for each in settings}) > 1]
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold", min_width=20)
    for name in shown:
        table.add_column(name.replace("_", " "))
    for name in ("people", "top-1", "top-3", "calibration error", "strangers", "seconds", "images/s"):
        table.add_column(name, justify="right")
    for (run, each), mine in zip(order, settings, strict=True):
        table.add_row(run, *(_said(mine[name]) for name in shown), str(len(each.labels)), *_results(each.metrics))
    Console(width=None if Console().is_terminal else 160).print(table)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _results(metrics: Any) -> list[str]:
    strangers = metrics.get("strangers") or {}
    rows = (
        (metrics.get("top1"), "{:.1%}"),
        (metrics.get("top3"), "{:.1%}"),
        (metrics.get("calibration_error"), "{:.3f}"),
        (strangers.get("auroc_distance"), "{:.3f}"),
        (metrics.get("seconds"), "{:,.0f}"),
        (metrics.get("images_per_second"), "{:,.0f}"),
    )
    return [form.format(value) if isinstance(value, int | float) else "-" for value, form in rows]
