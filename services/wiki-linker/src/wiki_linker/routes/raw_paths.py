"""Routes that see the path as it was sent.

A server hands applications a decoded path, in which a keyword's `%2F` has become a separator. These routes match the
raw one (ASGI's `raw_path`), so that a keyword is one segment whatever is in it.
"""

from collections.abc import MutableMapping
from typing import Annotated, Any

from fastapi import Path
from fastapi.routing import APIRoute
from pydantic import BeforeValidator
from starlette.routing import Match

from genba_contracts import wiki_fields as contracts
from genba_servicekit.errors import BadRequest
from wiki_linker.core.hrefs import decode_keyword


class RawPathRoute(APIRoute):
    """A route that matches the raw path; its path parameters are still percent-encoded."""

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        """Match the path as it was sent."""
        raw = scope.get("raw_path")
        if raw is None:
            return super().matches(scope)
        return super().matches({**scope, "path": raw.decode("latin-1")})


def _decoded(segment: str) -> str:
    try:
        return decode_keyword(segment.encode("latin-1"))
    except ValueError as error:
        raise BadRequest(f"The path cannot be read: {error}.") from error


_Decoded = BeforeValidator(_decoded)
Keyword = Annotated[
    contracts.Keyword,
    _Decoded,
    Path(
        description="The entry's keyword or one of its aliases. In the address every byte outside RFC 3986's "
        "unreserved characters is percent-encoded (`/` is `%2F`); `.` and `..` are `%2E` and `%2E%2E`.",
        examples=["Nippon Budokan"],
    ),
]
"""The keyword of the path, decoded: 400 if its percent-encoding or its UTF-8 is malformed, 422 if no keyword is so."""
UserName = Annotated[
    contracts.UserName,
    _Decoded,
    Path(description="The person's name, percent-encoded as keywords are.", examples=["hanako"]),
]
"""A person's name in the path, likewise."""
