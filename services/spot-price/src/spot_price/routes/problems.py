"""What cannot be answered of what is asked, as HTTP says it."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from genba_servicekit.app import GenbaApp
from genba_servicekit.errors import ProblemError, UnprocessableContent
from spot_price.core.regions import UnknownNameError


class UnknownName(UnprocessableContent):
    """A name that nothing has: `kind` says of what, `name` is the name, `near` are those like it."""

    title = "There is nothing of that name"
    example = "There is no region “us-esat-1”. Did you mean us-east-1, us-west-1?"


class ReversedWindow(UnprocessableContent):
    """A window that ends before it begins, or when it begins."""

    title = "The window ends before it begins"
    example = "It begins at 2026-04-18T09:30:00Z and ends at 2026-04-18T09:00:00Z."


class TooManyPoints(UnprocessableContent):
    """An answer would be too long: `points` says how many there would be, `most` how many may be."""

    title = "More than can be answered at once"
    example = "It would be 302,400 buckets; at most 100,000 are given. Ask for less."


_NAME_SHOWN: Final = 64


def as_problem(error: UnknownNameError) -> ProblemError:
    """The problem that a name is of which there is none."""
    return UnknownName(str(error), kind=error.kind, name=error.name[:_NAME_SHOWN], near=list(error.near))


def handle_spot_errors(app: GenbaApp) -> None:
    """Have every error of the core answered as its problem."""

    async def handle(request: Request, error: Exception) -> Response:
        known = as_problem(error) if isinstance(error, UnknownNameError) else ProblemError()
        return await app.error_response(request, known)

    app.add_exception_handler(UnknownNameError, handle)
