"""What the timetable's rules forbid, as HTTP says it."""

from fastapi import Request
from starlette.responses import Response

from genba_servicekit.app import GenbaApp
from genba_servicekit.errors import NotFound, ProblemError, UnprocessableContent
from timetable_renderer.core.plan import TooManyPicksError, UnknownPicksError


class NoSuchSlot(NotFound):
    """The timetable has no such slot."""

    title = "There is no such slot"
    example = "There is no slot “20260807-1035-2zx5ss” in version 3."


class UnknownPicks(UnprocessableContent):
    """Some picks are not in the timetable: `unknown` has their ids, `moved` where those are that moved."""

    title = "Not in the timetable"
    example = "2 of 7 picks are not in version 3 of “genba-fes-2026”."


class TooManyPicks(UnprocessableContent):
    """More is picked than a plan may have."""

    title = "Too many picks"
    example = "501 picks; at most 500 are taken."


class UnknownFilter(UnprocessableContent):
    """A filter names a stage or a day that the festival does not have: `unknown` has them."""

    title = "The festival does not have that"
    example = "“genba-fes-2026” has no stage “moon-stage”."


def as_problem(error: Exception) -> ProblemError:
    """The problem that an error of the core is."""
    if isinstance(error, UnknownPicksError):
        return UnknownPicks(str(error), unknown=list(error.ids))
    return TooManyPicks(str(error))


def handle_timetable_errors(app: GenbaApp) -> None:
    """Have every error of the core answered as its problem."""

    async def handle(request: Request, error: Exception) -> Response:
        return await app.error_response(request, as_problem(error))

    for kind in (TooManyPicksError, UnknownPicksError):
        app.add_exception_handler(kind, handle)
