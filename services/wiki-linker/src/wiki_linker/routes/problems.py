"""What the core's rules forbid, as HTTP says it; what a use case forbids says so itself."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from genba_contracts.problem import ProblemItem
from genba_servicekit.app import GenbaApp
from genba_servicekit.errors import (
    Conflict,
    NotFound,
    PreconditionFailed,
    ProblemError,
    UnprocessableContent,
)
from wiki_linker.core.entities import KeywordTaken, Stale, UnknownEntry, UnknownRevision
from wiki_linker.core.validation import InvalidText


class NoSuchEntry(NotFound):
    """No entry has this keyword."""

    title = "There is no such entry"
    example = "There is no entry “soundchek”."


class NoSuchRevision(NotFound):
    """The entry has no such revision."""

    title = "There is no such revision"
    example = "“soundcheck” has no revision 9."


class KeywordInUse(Conflict):
    """Another entry has this keyword or alias."""

    title = "The keyword is taken"
    example = "“武道館” is an alias of another entry already."


class EntryChanged(PreconditionFailed):
    """The entry is not as If-Match or If-None-Match says."""

    title = "The entry has changed"
    example = "The entry is at revision 4 by now."


class TextRefused(UnprocessableContent):
    """A text that cannot be stored."""

    title = "The text cannot be stored"
    example = "keyword: has a control character"


_PLAIN: Final[dict[type[Exception], type[ProblemError]]] = {
    UnknownEntry: NoSuchEntry,
    UnknownRevision: NoSuchRevision,
    KeywordTaken: KeywordInUse,
    Stale: EntryChanged,
}


def as_problem(error: Exception) -> ProblemError | None:
    """The problem that an error of the core is; None for others."""
    for kind, problem in _PLAIN.items():
        if isinstance(error, kind):
            return problem(str(error))
    if isinstance(error, InvalidText):
        item = ProblemItem(pointer=f"body/{error.field}", detail=error.reason)
        return TextRefused(f"{error.field}: {error.reason}", errors=[item])
    return None


def handle_wiki_errors(app: GenbaApp) -> None:
    """Have every error of the core answered as its problem."""

    async def handle(request: Request, error: Exception) -> Response:
        return await app.error_response(request, as_problem(error) or ProblemError())

    for kind in (*_PLAIN, InvalidText):
        app.add_exception_handler(kind, handle)
