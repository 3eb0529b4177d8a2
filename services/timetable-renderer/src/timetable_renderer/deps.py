"""What routes ask for, by name."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from genba_servicekit.auth import Principal, Role
from genba_servicekit.auth_http import Authenticator, require
from genba_servicekit.ratelimit import RateLimiter
from timetable_renderer.ports import EntryLinks
from timetable_renderer.routes.pages_lists import SlotLists
from timetable_renderer.settings import TimetableSettings
from timetable_renderer.usecases.festivals import Festivals
from timetable_renderer.usecases.following import Updates
from timetable_renderer.usecases.picking import Picking
from timetable_renderer.usecases.picturing import Picturing
from timetable_renderer.usecases.refreshing import Refreshing
from timetable_renderer.usecases.timetables import Timetables


@dataclass(frozen=True, slots=True)
class Renderer:
    """The running service: its use cases, put together in `app.py`."""

    settings: TimetableSettings
    authenticator: Authenticator
    limiter: RateLimiter
    festivals: Festivals
    refreshing: Refreshing
    timetables: Timetables
    picking: Picking
    picturing: Picturing
    links: EntryLinks
    updates: Updates
    lists: SlotLists


async def renderer_of(request: Request) -> Renderer:
    """The running service."""
    renderer: Renderer = request.app.state.renderer
    return renderer


RendererDep = Annotated[Renderer, Depends(renderer_of)]
Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
