"""How a REST answer is given: JSON once, with an entity tag that saves the body next time; and how OpenAPI says so.

A service writes its own `answer` in three lines if every answer of its has a further header (see the wiki's), or calls
this one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from genba_servicekit.etag import etag_of, matches

Said = dict[int | str, dict[str, Any]]
"""What FastAPI's `responses=` takes."""

_TAG: Final = "ETag"
_PLACE: Final = "Location"


def answer(
    request: Request,
    body: BaseModel,
    *,
    status: int = 200,
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The body as JSON; what is read has an entity tag, and is a 304 where the client has it (RFC 9110, 13.1.2).

    Args:
        request: what is answered.
        body: what is said.
        status: of the answer.
        etag: of the state that was read or written, quotes and all; of the body itself, if none is given and it was
            read.
        headers: further ones; `Cache-Control` is `no-cache` unless they say another.
    """
    content = body.model_dump_json().encode()
    every = {"Cache-Control": "no-cache", **(headers or {})}
    if etag is None and request.method == "GET":  # HEAD comes as GET
        etag = etag_of(content)
    if etag is not None:
        every[_TAG] = etag
    if request.method == "GET" and matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=every)
    return Response(content, status_code=status, media_type="application/json", headers=every)


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has what it asks for already."""
    return request.method == "GET" and matches(request.headers.get("if-none-match"), etag)  # HEAD comes as GET


def body_answer(
    request: Request,
    body: bytes,
    *,
    media_type: str = "application/json",
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Ready bytes with their entity tag; 304 where the client has them (RFC 9110, 13.1.2)."""
    etag = etag or etag_of(body)
    every = {_TAG: etag, "Cache-Control": "no-cache", **(headers or {})}
    if is_known(request, etag):
        return Response(status_code=304, headers=every)
    return Response(body, media_type=media_type, headers=every)


class AnswerHeaders:
    """What the answers of a service say beside their bodies, for OpenAPI: each attribute goes to `responses=`.

    Args:
        every: headers of every answer of the service, by name, as OpenAPI's Header Objects.
        etag: an example of an entity tag, quotes and all.
        location: an example of a place where something was made.

    Attributes:
        read: 200 of a GET, with its entity tag, and 304.
        wrote: 200 of a write, with the entity tag of the new state.
        created: 201, with entity tag and place.
        told: 200 without an entity tag.
        added: 201 without entity tag and place.
        started: 202, with the place where to ask how it goes.
        done: 204.
    """

    def __init__(
        self, every: Mapping[str, dict[str, Any]] | None = None, *, etag: str = '"5f1c0a9e3b7d"', location: str
    ) -> None:
        always = dict(every or {})
        tag = {
            _TAG: {
                "description": "The state that was read: sent as If-None-Match, it saves the body; as If-Match, "
                "an overwrite.",
                "required": True,
                "schema": {"type": "string", "examples": [etag]},
            }
        }
        place = {
            _PLACE: {
                "description": "Where it is.",
                "required": True,
                "schema": {"type": "string", "examples": [location]},
            }
        }
        self.read: Final[Said] = {
            200: {"headers": always | tag},
            304: {"description": "What you have is what there is (If-None-Match)", "headers": always | tag},
        }
        self.wrote: Final[Said] = {200: {"headers": always | tag}}
        self.created: Final[Said] = {201: {"headers": always | tag | place}}
        self.told: Final[Said] = {200: {"headers": always}}
        self.added: Final[Said] = {201: {"headers": always}}
        self.started: Final[Said] = {202: {"headers": always | place}}
        self.done: Final[Said] = {204: {"headers": always}}


def moment(ms: int) -> datetime:
    """Unix milliseconds as a time, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
