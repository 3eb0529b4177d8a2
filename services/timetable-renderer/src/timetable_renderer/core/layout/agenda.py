"""The agenda: all days one below the other, as high as needed."""

from timetable_renderer.core.layout.body import DAY, DayBody
from timetable_renderer.core.layout.frame import MARGIN, day_bar, footer, header, legend, summary
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Box, Group, Picture
from timetable_renderer.core.plan import Plan


def agenda(sheet: Sheet, plan: Plan, width: int) -> Picture:
    """All days of a plan, one below the other."""
    margin = sheet.px(MARGIN)
    inner = width - 2 * margin
    children: list[Group] = [header(sheet, summary(sheet, plan.days), margin, sheet.px(28), width=inner)]
    y = children[-1].box.bottom + sheet.px(24)
    for day in plan.days:
        bar = day_bar(sheet, day, margin, y, width=inner)
        body, bottom = DayBody(sheet, day, margin, inner, DAY).place(
            bar.box.bottom + sheet.px(20), DAY.per_minute * sheet.scale
        )
        children.append(Group("day", Box(margin, y, inner, bottom - y), (bar, *body)))
        y = bottom + sheet.px(40)
    slots = [slot for day in plan.days for slot in day.picks]
    children.append(legend(sheet, sheet.stages(slots), margin, y, width=inner))
    y = children[-1].box.bottom + sheet.px(28)
    children.append(footer(sheet, margin, y, width=inner))
    height = children[-1].box.bottom + sheet.px(28)
    title = f"{sheet.festival.name}: {summary(sheet, plan.days)}"
    return Picture(
        width, height, sheet.theme.background, Group("picture", Box(0, 0, width, height), tuple(children)), title
    )
