"""Routes that see the path as it was sent.

A server hands applications a decoded path, in which a keyword's `%2F` has become a separator. These routes match the
raw one (ASGI's `raw_path`), so that a keyword is one segment whatever is in it.
"""

from collections.abc import MutableMapping
from typing import Annotated, Any

from fastapi import Depends, Path
from fastapi.routing import APIRoute
from starlette.routing import Match

from genba_contracts.wiki_fields import KEYWORD_MAX
from genba_servicekit.errors import BadRequest
from wiki_linker.core.hrefs import decode_keyword

_LONGEST = KEYWORD_MAX * 12  # a code point of four bytes, each as %XX


class RawPathRoute(APIRoute):
    """A route that matches the raw path; its path parameters are still percent-encoded."""

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        """Match the path as it was sent."""
        raw = scope.get("raw_path")
        if raw is None:
            return super().matches(scope)
        return super().matches({**scope, "path": raw.decode("latin-1")})


async def keyword_in_path(
    keyword: Annotated[
        str,
        Path(
            description="The entry's keyword or alias, every byte outside RFC 3986's unreserved characters "
            "percent-encoded (`/` is `%2F`); `.` and `..` are `%2E` and `%2E%2E`.",
            examples=["Nippon%20Budokan"],
            min_length=1,
            max_length=_LONGEST,
        ),
    ],
) -> str:
    """The keyword of the path, decoded.

    Raises:
        BadRequest: its percent-encoding or its UTF-8 is malformed.
    """
    try:
        return decode_keyword(keyword.encode("latin-1"))
    except ValueError as error:
        raise BadRequest(f"The keyword in the path cannot be read: {error}.") from error


Keyword = Annotated[str, Depends(keyword_in_path)]
