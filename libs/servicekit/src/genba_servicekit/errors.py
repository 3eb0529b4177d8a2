"""Errors that know their status, and how they are said (RFC 9457).

ProblemError                    500
├── BadRequest                  400
├── Unauthorized                401  with WWW-Authenticate
├── Forbidden                   403
├── NotFound                    404
├── MethodNotAllowed            405  with Allow
├── Conflict                    409
├── Gone                        410
├── PreconditionFailed          412
├── PayloadTooLarge             413
├── UnsupportedMediaType        415
├── UnprocessableContent        422
├── PreconditionRequired        428
├── TooManyRequests             429  with Retry-After
└── ServiceUnavailable          503  with Retry-After

A service's own error is a subclass; its type URI comes from its name, its status and title from its parent:

    class EntryExists(Conflict):
        title = "There is an entry of this keyword already"

    raise EntryExists(f"{keyword} was saved by {author}", keyword=keyword)

A route lists what it raises: `@router.put(…, responses=responses(EntryExists, PreconditionFailed))`.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Final

from starlette.responses import Response

from genba_contracts.problem import PROBLEM_MEDIA_TYPE, Problem, ProblemItem

TYPE_PREFIX: Final = "urn:genba:problem:"
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ProblemError(Exception):
    """Something that is said to the client as a problem document.

    Args:
        detail: what happened this time, for people.
        errors: each single fault, where there are several.
        headers: further headers of the answer.
        extra: further members of the document, for programs; JSON values.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong here"
    type_uri: ClassVar[str] = f"{TYPE_PREFIX}internal-error"
    example: ClassVar[str | None] = None
    """A `detail` as it may read, for the docs page."""
    response_headers: ClassVar[Mapping[str, str]] = {}
    """Headers that such an answer always has, and what they say."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the type after the class: `EntryExists` is `urn:genba:problem:entry-exists`."""
        super().__init_subclass__(**kwargs)
        if "type_uri" not in cls.__dict__:
            cls.type_uri = TYPE_PREFIX + _WORD_START.sub("-", cls.__name__).lower()

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[ProblemItem] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra


class BadRequest(ProblemError):
    """The request cannot be read."""

    status = 400
    title = "The request cannot be read"


class Unauthorized(ProblemError):
    """Who asks is not known."""

    status = 401
    title = "Log in, or send an API key"
    response_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "How to say who you are (RFC 9110, 11.6.1)."}

    def __init__(self, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer", **(headers or {})}, **more)


class Forbidden(ProblemError):
    """Who asks is known, and may not."""

    status = 403
    title = "Not allowed"


class NotFound(ProblemError):
    """There is no such thing."""

    status = 404
    title = "Not found"


class MethodNotAllowed(ProblemError):
    """What is there does not take this method."""

    status = 405
    title = "Not with this method"
    response_headers: ClassVar[Mapping[str, str]] = {"Allow": "The methods that it takes."}


class Conflict(ProblemError):
    """What is there stands against it."""

    status = 409
    title = "In conflict with what is there"


class Gone(ProblemError):
    """There was such a thing, and it was removed."""

    status = 410
    title = "No longer there"


class PreconditionFailed(ProblemError):
    """If-Match or If-None-Match does not hold (RFC 9110, 15.5.13)."""

    status = 412
    title = "It has changed since you read it"


class PayloadTooLarge(ProblemError):
    """The body is longer than is read."""

    status = 413
    title = "The body is too long"


class UnsupportedMediaType(ProblemError):
    """The body is of a type that is not read here."""

    status = 415
    title = "Not a type of body that is read here"


class UnprocessableContent(ProblemError):
    """The request reads well but does not hold together; `errors` says where."""

    status = 422
    title = "The request does not fit what is asked for"


class PreconditionRequired(ProblemError):
    """A write has to say which version it was made from (RFC 6585, section 3)."""

    status = 428
    title = "Say which version you have changed"


class _RetryLater(ProblemError):
    """An error that passes. `retry_after` is in seconds, and rounded up in the header."""

    response_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which to try again."}

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after: float = 1.0,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.retry_after = max(retry_after, 0.0)
        super().__init__(detail, headers={"Retry-After": str(math.ceil(self.retry_after)), **(headers or {})}, **more)


class TooManyRequests(_RetryLater):
    """Too many in too short a time."""

    status = 429
    title = "Too many requests"


class ServiceUnavailable(_RetryLater):
    """Something that is needed is away."""

    status = 503
    title = "Not available just now"


def _all_classes() -> dict[int, type[ProblemError]]:
    known: list[type[ProblemError]] = [ProblemError, *ProblemError.__subclasses__(), *_RetryLater.__subclasses__()]
    return {cls.status: cls for cls in known if cls.__module__ == __name__ and cls is not _RetryLater}


_CLASS_OF: Final = _all_classes()


def error_of_status(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> ProblemError:
    """The error of a bare status, as a router raises it; a status without a class of its own is `about:blank`."""
    if (cls := _CLASS_OF.get(status)) is not None:
        return cls(detail, headers=headers)
    error = ProblemError(detail, headers=headers)
    vars(error).update(status=status, title=_phrase(status), type_uri="about:blank")
    return error


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def problem_of(exc: ProblemError, *, instance: str | None = None, request_id: str | None = None) -> dict[str, Any]:
    """The problem document, without members that have nothing to say."""
    document: dict[str, Any] = {"type": exc.type_uri, "title": exc.title, "status": exc.status}
    if exc.detail is not None:
        document["detail"] = exc.detail
    if instance is not None:
        document["instance"] = instance
    if request_id:
        document["request_id"] = request_id
    if exc.errors:
        document["errors"] = [item.model_dump() for item in exc.errors]
    return {**exc.extra, **document}


def problem_body(exc: ProblemError, *, instance: str | None = None, request_id: str | None = None) -> bytes:
    """The problem document as JSON in UTF-8. Lone surrogates, which UTF-8 cannot hold, become question marks."""
    document = problem_of(exc, instance=instance, request_id=request_id)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def problem_response(exc: ProblemError, *, instance: str | None = None, request_id: str | None = None) -> Response:
    """The whole answer: status, headers, document."""
    return Response(
        problem_body(exc, instance=instance, request_id=request_id),
        status_code=exc.status,
        headers=exc.headers,
        media_type=PROBLEM_MEDIA_TYPE,
    )


def responses(*errors: type[ProblemError]) -> dict[int | str, dict[str, Any]]:
    """What a route may answer beside its result, as FastAPI's `responses=` takes it, each with an example."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for cls in errors:
        entry = by_status.setdefault(
            cls.status,
            {
                "description": cls.title,
                "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        for name, what in cls.response_headers.items():
            entry.setdefault("headers", {})[name] = {"description": what, "schema": {"type": "string"}}
        example = Problem(
            type=cls.type_uri,
            title=cls.title,
            status=cls.status,
            detail=cls.example,
            request_id="01K2V9Q3ZC8X7T5N",
            errors=_EXAMPLE_ERRORS if issubclass(cls, UnprocessableContent) else None,
        )
        value = example.model_dump(exclude_none=True)
        entry["content"][PROBLEM_MEDIA_TYPE]["examples"][cls.__name__] = {"summary": cls.title, "value": value}
    return by_status


_EXAMPLE_ERRORS: Final = [ProblemItem(pointer="body/description", detail="String should have at least 1 character")]
