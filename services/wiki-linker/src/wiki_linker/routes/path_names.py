"""What stands in the paths of the REST, decoded: its routes match the path as it was sent (`RawPathRoute`)."""

from typing import Annotated

from fastapi import Path
from pydantic import BeforeValidator

from genba_contracts import wiki_fields as contracts
from genba_servicekit.errors import BadRequest
from wiki_linker.core.hrefs import decode_keyword


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
