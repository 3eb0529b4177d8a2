"""The command line's part that draws: `timetable-renderer render FILE --pick ID -o me.png`."""

from pathlib import Path
from typing import Annotated

import typer

from genba_servicekit.cli import fail, read_settings
from timetable_renderer.adapters.fontfiles import FontMissingError
from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.commands_reading import File, FirstDay, read_file
from timetable_renderer.core.layout import lay_out
from timetable_renderer.core.options import (
    MAX_HEIGHT,
    MAX_INSET,
    MAX_WIDTH,
    MIN_WIDTH,
    ImageFormat,
    LayoutName,
    NoSuchDayError,
    PictureDoesNotFitError,
    PictureOptions,
    ThemeName,
)
from timetable_renderer.core.plan import TooManyPicksError, UnknownPicksError, make_plan
from timetable_renderer.settings import TimetableSettings

Inset = Annotated[int, typer.Option(min=0, max=MAX_INSET, help="Pixels that the lock screen covers there.")]


def add_render_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("render")(render_command)


def render_command(  # noqa: PLR0917  (options of a command line, by name)
    file: File,
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write: .png, .webp, .pdf or .svg.")],
    pick: Annotated[list[str] | None, typer.Option(help="A slot's id, as `slots` lists it; any number.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Pick every slot.")] = False,
    layout: Annotated[LayoutName, typer.Option(help="How it is arranged.")] = LayoutName.AGENDA,
    theme: Annotated[ThemeName, typer.Option(help="Dark on light, or light on dark.")] = ThemeName.LIGHT,
    scale: Annotated[int, typer.Option(min=1, max=3, help="Times 1080 pixels of width.")] = 1,
    width: Annotated[int | None, typer.Option(min=MIN_WIDTH, max=MAX_WIDTH, help="Pixels; instead of scale.")] = None,
    height: Annotated[int | None, typer.Option(min=MIN_WIDTH, max=MAX_HEIGHT, help="Pixels; day and story.")] = None,
    day: Annotated[int | None, typer.Option(min=1, help="Number of the day; day, grid and story.")] = None,
    inset_top: Inset = 0,
    inset_bottom: Inset = 0,
    language: Annotated[str, typer.Option(help="Of the words on it: ja or en.")] = "ja",
    qr_url: Annotated[str | None, typer.Option(help="Address for a QR code on it.")] = None,
    first_day: FirstDay = None,
) -> None:
    """Draw a timetable of picks as one picture."""
    image_format = _format(output)
    if language not in {"ja", "en"}:
        fail(f"--language {language}: must be ja or en")
    if not pick and not every:
        fail("pick something: --pick ID, any number of times, or --all")
    festival = read_file(file, first_day).made.festival
    options = PictureOptions(
        layout=layout,
        theme=theme,
        format=image_format,
        scale=scale,
        width=width,
        height=height,
        day=day,
        inset_top=inset_top,
        inset_bottom=inset_bottom,
        language=language,
        qr_url=qr_url,
    )
    settings = read_settings(TimetableSettings)
    try:
        plan = make_plan(festival, [slot.id for slot in festival.slots] if every else pick or ())
        fonts = Fonts(settings.font_regular, settings.font_bold)
        for lack in fonts.check():
            typer.echo(lack, err=True)
        body = Painters(fonts).paint(lay_out(plan, options, fonts), image_format)
    except UnknownPicksError as error:
        fail(f"{file}: has no slot with the id {', '.join(error.ids)}; `slots` lists them")
    except (TooManyPicksError, PictureDoesNotFitError, NoSuchDayError, FontMissingError) as error:
        fail(str(error))
    except ValueError as error:
        if qr_url is None:
            raise
        fail(f"--qr-url: {error}")
    try:
        output.write_bytes(body)
    except OSError as error:
        fail(f"{output}: {error.strerror}")
    picked = sum(len(one.picks) for one in plan.days)
    typer.echo(f"{output}: {picked} slots, {len(body):,} bytes", err=True)


def _format(output: Path) -> ImageFormat:
    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in set(ImageFormat):
        fail(f"{output}: a picture's name ends in .png, .webp, .pdf or .svg")
    return ImageFormat(suffix)
