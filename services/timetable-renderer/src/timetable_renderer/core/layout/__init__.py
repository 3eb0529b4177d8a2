"""Where everything on a picture stands: one tree of shapes and text, which every painter paints."""

from timetable_renderer.core.layout.agenda import agenda
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Picture, Typesetter
from timetable_renderer.core.options import BASE_WIDTH, PictureOptions
from timetable_renderer.core.plan import Plan

__all__ = ["lay_out"]


def lay_out(plan: Plan, options: PictureOptions, typesetter: Typesetter) -> Picture:
    """Lay out a plan's picture: where everything stands, in pixels.

    Sizes are given for a picture 1080 pixels wide and grow with its width.
    """
    width = options.width or BASE_WIDTH * options.scale
    return agenda(Sheet(plan, options, typesetter, width / BASE_WIDTH), plan)
