"""What the timetable's rules forbid, as HTTP says it."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from genba_contracts.problem import ProblemItem
from genba_servicekit.app import GenbaApp
from genba_servicekit.errors import Conflict, NotFound, ProblemError, UnprocessableContent
from timetable_renderer.core.plan import TooManyPicksError, UnknownPicksError
from timetable_renderer.usecases.festivals import (
    ConfigRefused,
    FestivalFixed,
    NoTimetableYet,
    UnknownFestival,
    UnknownVersion,
)


class NoSuchFestival(NotFound):
    """No festival has this id."""

    title = "There is no such festival"
    example = "There is no festival “genba-fes-2025”."


class NoTimetable(NotFound):
    """The festival is set up, but no timetable could be had so far."""

    title = "There is no timetable yet"
    example = "“genba-fes-2026” has no timetable yet: it answers with 502."


class NoSuchVersion(NotFound):
    """The timetable has no such version."""

    title = "There is no such version"
    example = "“genba-fes-2026” has no version 9."


class NoSuchSlot(NotFound):
    """The timetable has no such slot."""

    title = "There is no such slot"
    example = "There is no slot “20260807-1035-2zx5ss” in version 3."


class SetUpByFile(Conflict):
    """A file where the service runs sets the festival up."""

    title = "The festival is set up by a file"
    example = "“genba-fes-2026” is set up by a file: change the file."


class FestivalRefused(UnprocessableContent):
    """A festival cannot be set up so."""

    title = "The festival cannot be set up so"
    example = "timezone: there is no time zone “Asia/Tokio”; IANA's names look like Asia/Tokyo"


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


_PLAIN: Final[dict[type[Exception], type[ProblemError]]] = {
    UnknownFestival: NoSuchFestival,
    NoTimetableYet: NoTimetable,
    UnknownVersion: NoSuchVersion,
    FestivalFixed: SetUpByFile,
    TooManyPicksError: TooManyPicks,
}


def as_problem(error: Exception) -> ProblemError | None:
    """The problem that an error of the core or the use cases is; None for others."""
    for kind, problem in _PLAIN.items():
        if isinstance(error, kind):
            return problem(str(error))
    if isinstance(error, UnknownPicksError):
        return UnknownPicks(str(error), unknown=list(error.ids))
    if isinstance(error, ConfigRefused):
        item = ProblemItem(pointer=f"body/{error.field}", detail=error.reason)
        return FestivalRefused(str(error), errors=[item])
    return None


def handle_timetable_errors(app: GenbaApp) -> None:
    """Have every error of the core answered as its problem."""

    async def handle(request: Request, error: Exception) -> Response:
        return await app.error_response(request, as_problem(error) or ProblemError())

    for kind in (*_PLAIN, UnknownPicksError, ConfigRefused):
        app.add_exception_handler(kind, handle)
