"""Entity tags and the conditions made with them (RFC 9110, sections 8.8.3 and 13.1)."""

import hashlib
import re
from typing import Final

# Every character is looked at once: cutting tag after tag off a header of 1 MB took four seconds of the event loop.
_TAG: Final = re.compile(r'(W/)?("[^"]*")')
_DIGEST_BYTES: Final = 12  # 96 bits: a chance collision among a million versions of one page is under 10**-16


def etag_of(body: bytes) -> str:
    """The strong entity tag of a body, quotes included: equal bytes, equal tag, on every host."""
    return f'"{hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()}"'


def matches(header: str | None, etag: str | None, *, weak: bool = True) -> bool:
    """Does an If-None-Match (weak=True) or If-Match (weak=False) header name this tag?

    Args:
        header: the header's value: `*`, or tags separated by commas; None if it was not sent.
        etag: the tag of what is there now; None if nothing is there, which nothing matches, `*` included.
        weak: compare weakly, as If-None-Match does (`W/"a"` matches `"a"`), or strongly, as If-Match does
            (RFC 9110, 8.8.3.2: a weak tag matches nothing).
    """
    if header is None or etag is None:
        return False
    if header == etag:  # what browsers send back: one tag, as it was given
        return weak or not etag.startswith("W/")
    if header.strip() == "*":
        return True
    if not weak:
        return not etag.startswith("W/") and etag in _tags(header)
    return _opaque(etag) in {_opaque(tag) for tag in _tags(header)}


def _tags(header: str) -> list[str]:
    """Split at the commas that stand outside of quotes: a tag may hold commas of its own."""
    return [tag[0] for tag in _TAG.finditer(header)]


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")
