"""The command line's part that reads files and needs no server: `slots`, `validate`, `diff`."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from genba_servicekit.cli import fail
from timetable_renderer.adapters.timetable_files import ReadFile, read_festival
from timetable_renderer.core.bare import FIRST_DAY
from timetable_renderer.core.diff import Diff, compare
from timetable_renderer.core.festival import Festival, Slot, stage_key
from timetable_renderer.core.finding import Finder, Wanted
from timetable_renderer.core.layout.words import from_to
from timetable_renderer.core.parsed import SourceRefusedError

SHOWN_FAULTS = 20
WIDE = 400


class Format(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"


File = Annotated[Path, typer.Argument(help="A timetable in any format, or a festival's settings (TOML, JSON).")]
FirstDay = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Date of day 1, for timetables that number their days alone."),
]
PrintFormat = Annotated[Format, typer.Option("--format", help="How to print it.")]


def add_reading_commands(cli: typer.Typer) -> None:
    """Add the commands to a command line."""
    cli.command("slots")(slots_command)
    cli.command("validate")(validate_command)
    cli.command("diff")(diff_command)


def read_file(path: Path, first_day: datetime | None) -> ReadFile:
    """A file's festival; ends the command, with a line a fault, if it cannot be read."""
    try:
        found = read_festival(path, first_day=first_day.date() if first_day else None)
    except SourceRefusedError as error:
        fail("\n".join(str(fault) for fault in error.faults[:SHOWN_FAULTS]))
    if found.undated:
        say_first_day(path)
    return found


def say_first_day(path: Path) -> None:
    """Say that a file has no dates, and what was taken."""
    typer.echo(f"{path}: has no dates; day 1 is taken to be {FIRST_DAY} (--first-day says another)", err=True)


def slots_command(  # noqa: PLR0917  (options of a command line, by name)
    file: File,
    print_format: PrintFormat = Format.TABLE,
    day: Annotated[list[str] | None, typer.Option(help="Only this day: its number or its date.")] = None,
    stage: Annotated[list[str] | None, typer.Option(help="Only this stage: its name or its id.")] = None,
    name: Annotated[str, typer.Option(help="Only what has this in its title or performers.")] = "",
    first_day: FirstDay = None,
) -> None:
    """List a timetable's slots, each with the id by which it is picked."""
    festival = read_file(file, first_day).made.festival
    days = frozenset(_day(festival, text) for text in day or ())
    stages = frozenset(_stage(festival, text) for text in stage or ())
    slots = Finder(festival).slots(Wanted(days=days, stages=stages, text=name))
    if print_format is Format.JSON:
        print_json([slot_json(festival, slot) for slot in slots])
    else:
        _print_table(festival, slots)


def validate_command(file: File, first_day: FirstDay = None) -> None:
    """Say what is in a file, and what of it is passed over and why. Exit code 2 if it cannot be used."""
    found = read_file(file, first_day)
    festival = found.made.festival
    for fault in found.made.passed_over:
        typer.echo(f"passed over: {fault}")
    typer.echo(
        f"{festival.name}: {found.slots:,} slots read ({', '.join(found.formats)}), {len(festival.slots):,} kept, "
        f"on {_counted(len(festival.stages), 'stage')} and {_counted(len(festival.days), 'day')} "
        f"from {festival.days[0]}, {festival.timezone}"
    )


def diff_command(
    old: File,
    new: Annotated[Path, typer.Argument(help="A later one.")],
    print_format: PrintFormat = Format.TABLE,
    first_day: FirstDay = None,
) -> None:
    """Say what changed between two files."""
    before, after = (read_file(path, first_day).made.festival for path in (old, new))
    found = compare(before, after)
    if print_format is Format.JSON:
        print_json(_diff_json(before, after, found))
        return
    for slot in found.removed:
        typer.echo(f"- removed  {line_of(before, slot)}")
    for slot in found.added:
        typer.echo(f"+ added    {line_of(after, slot)}")
    for moved in found.moved:
        typer.echo(f"> moved    {line_of(before, moved.before)}\n      to    {line_of(after, moved.after)}")
    for change in found.changed:
        word = "renamed" if change.renamed else "changed"
        typer.echo(f"~ {word}  {line_of(before, change.before)}\n      now   {line_of(after, change.after)}")
    if not found:
        typer.echo("Nothing changed.")


def line_of(festival: Festival, slot: Slot) -> str:
    """A slot in a line: id, day, times, stage, title."""
    return "  ".join(
        (
            slot.id,
            slot.day.isoformat(),
            from_to(slot, over_24h=festival.shows_over_24h),
            _stage_name(festival, slot),
            slot.title,
        )
    )


def slot_json(festival: Festival, slot: Slot) -> dict[str, Any]:
    """A slot as it is printed as JSON, and as the REST API has it."""
    return {
        "id": slot.id,
        "day": slot.day.isoformat(),
        "stage": slot.stage,
        "stage_name": _stage_name(festival, slot),
        "lane": slot.lane,
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "minutes": slot.minutes,
        "title": slot.title,
        "performers": list(slot.performers),
        "detail": slot.detail,
        "kind": slot.kind.value,
    }


def print_json(value: Any) -> None:
    """Print JSON, indented."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _diff_json(before: Festival, after: Festival, found: Diff) -> dict[str, Any]:
    return {
        "added": [slot_json(after, slot) for slot in found.added],
        "removed": [slot_json(before, slot) for slot in found.removed],
        "moved": [
            {"before": slot_json(before, moved.before), "after": slot_json(after, moved.after)} for moved in found.moved
        ],
        "changed": [
            {
                "before": slot_json(before, change.before),
                "after": slot_json(after, change.after),
                "renamed": change.renamed,
            }
            for change in found.changed
        ],
    }


def _print_table(festival: Festival, slots: Iterable[Slot]) -> None:
    table = Table("id", "day", "time", "stage", "title", box=None, pad_edge=False)
    for column in table.columns[:3]:
        column.no_wrap = True
    for slot in slots:
        when = from_to(slot, over_24h=festival.shows_over_24h)
        table.add_row(slot.id, slot.day.isoformat(), when, _stage_name(festival, slot), slot.title)
    console = Console(markup=False, highlight=False)
    wide = Console(markup=False, highlight=False, width=WIDE)
    (console if console.is_terminal else wide).print(table)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _stage_name(festival: Festival, slot: Slot) -> str:
    return next(stage.name for stage in festival.stages if stage.id == slot.stage)


def _day(festival: Festival, text: str) -> date:
    known = {str(number): day for number, day in enumerate(festival.days, 1)}
    known |= {day.isoformat(): day for day in festival.days}
    if text not in known:
        fail(f"--day {text}: the days are {', '.join(map(str, festival.days))}, or 1 to {len(festival.days)}")
    return known[text]


def _stage(festival: Festival, text: str) -> str:
    key = stage_key(text)
    if all(stage.id != key for stage in festival.stages):
        fail(f"--stage {text}: the stages are {', '.join(stage.name for stage in festival.stages)}")
    return key
