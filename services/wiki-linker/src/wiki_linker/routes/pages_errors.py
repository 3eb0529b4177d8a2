"""Errors as people see them: on a page of their own, or above the form that was refused."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from genba_servicekit.auth import BadName, NameTaken
from genba_servicekit.errors import NotFound, ProblemError
from genba_servicekit.languages import Language
from genba_servicekit.middleware import REQUEST_ID_KEY
from genba_servicekit.passwords import BadPassword
from genba_servicekit.troubles import NeedsEditor, NeedsLogin, Trouble, as_trouble
from wiki_linker.routes.pages_visit import anonymous_visit
from wiki_linker.routes.problems import (
    EntryChanged,
    KeywordInUse,
    NoSuchEntry,
    NoSuchRevision,
    TextRefused,
    as_problem,
)
from wiki_linker.usecases.people import RegistrationClosed, WrongLogin
from wiki_linker.usecases.writing import Spam

_TEXTS: Final[dict[type[ProblemError], str]] = {
    NeedsLogin: "log_in_first",
    NeedsEditor: "editors_only",
    WrongLogin: "wrong_login",
    NameTaken: "name_taken",
    BadName: "bad_name",
    BadPassword: "bad_password",
    RegistrationClosed: "closed",
    Spam: "spam",
    TextRefused: "refused",
    KeywordInUse: "taken",
    EntryChanged: "error_412",
    NoSuchRevision: "no_revision",
    NoSuchEntry: "unknown_text",
}
_BAD_INPUT: Final = (Spam, TextRefused, BadName, BadPassword)
"""On a form these are 400: a person typed them."""


class NoSuchPage(NotFound):
    """The index has fewer pages."""

    title = "There is no such page"


def trouble_of(error: Exception, language: Language) -> Trouble:
    """An error of the use cases, the core or the way there, as it is said above a form."""
    problem = error if isinstance(error, ProblemError) else as_problem(error)
    if problem is None:
        raise error
    return as_trouble(problem, language, texts=_TEXTS, bad_input=_BAD_INPUT)


def error_page(request: Request, error: ProblemError) -> Response | None:
    """An error as a page of its own."""
    if getattr(request.app.state, "wiki", None) is None or request.url.path.startswith("/v1/"):
        return None
    visit = anonymous_visit(request)
    trouble = trouble_of(error, visit.language)
    return visit.show(
        "error.html",
        title=trouble.text,
        status=trouble.status,
        headers=dict(trouble.headers),
        trouble=trouble,
        log_in=isinstance(error, NeedsLogin),
        request_id=request.scope.get(REQUEST_ID_KEY, ""),
    )
