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
