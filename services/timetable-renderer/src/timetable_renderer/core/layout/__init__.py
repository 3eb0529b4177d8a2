"""Where everything on a picture stands: one tree of shapes and text, which every painter paints."""

from timetable_renderer.core.layout.agenda import agenda
from timetable_renderer.core.layout.grid import grid
from timetable_renderer.core.layout.phone import day, story
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Picture, Typesetter
from timetable_renderer.core.options import BASE_WIDTH, LayoutName, PictureDoesNotFitError, PictureOptions
from timetable_renderer.core.plan import Plan

__all__ = ["lay_out"]

_PHONE = 16 / 9
MOST_PIXELS = 120_000_000
"""Of a whole picture: 1080 pixels wide, that is room for some 1,000 picks."""


def lay_out(plan: Plan, options: PictureOptions, typesetter: Typesetter) -> Picture:
    """Lay out a plan's picture: where everything stands, in pixels.

    Sizes are given for a picture 1080 pixels wide and grow with its width; a grid's grow with the scale alone, and
    a wider one has more columns.

    Raises:
        NoSuchDayError: the festival does not have the day asked for.
        PictureDoesNotFitError: the picks do not fit on a picture of this size, it would be too large, or
            `qr_url` is too long for a code.
    """
    width = options.width or BASE_WIDTH * options.scale
    if options.layout is LayoutName.GRID:
        scale = min(options.width / BASE_WIDTH, 1.0) if options.width else options.scale
        picture = grid(Sheet(plan, options, typesetter, scale), plan, options.width)
    else:
        sheet = Sheet(plan, options, typesetter, width / BASE_WIDTH)
        height = options.height or round(width * _PHONE)
        if options.layout is LayoutName.AGENDA:
            picture = agenda(sheet, plan, width)
        elif options.layout is LayoutName.DAY:
            picture = day(sheet, plan, width, height)
        else:
            picture = story(sheet, plan, width, height)
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureDoesNotFitError(
            f"a picture of {picture.width} × {picture.height} pixels is too large; take a smaller scale or fewer picks"
        )
    return picture
