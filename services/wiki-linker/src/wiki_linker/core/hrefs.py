"""Where a keyword's page is, and back: the one place that knows how a keyword is written in a URL."""

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

PREFIX: Final = "/keyword/"

# URL parsers drop such a path segment, even when it is written %2E (WHATWG URL, "single-dot URL path segment").
_DOT_SEGMENTS: Final = frozenset({".", ".."})

_MALFORMED_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def href_of(keyword: str) -> str:
    """The path of a keyword's page, ready for an attribute: `/keyword/` and the keyword's UTF-8, percent-encoded.

    Every byte outside RFC 3986's unreserved characters is encoded, so a slash, a question mark or a quote in a keyword
    stays one path segment and needs no further escaping. `.` and `..` travel in the query: `/keyword/?keyword=.`.
    """
    if keyword in _DOT_SEGMENTS:
        return f"{PREFIX}?keyword={keyword}"
    return PREFIX + quote(keyword, safe="")


def decode_keyword(raw_path_segment: bytes) -> str:
    """The keyword that a path segment names, as it came over the wire: still percent-encoded, a slash as %2F.

    Raises:
        ValueError: a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    """
    if _MALFORMED_PERCENT.search(raw_path_segment):
        raise ValueError("a percent sign must be followed by two hexadecimal digits (RFC 3986, section 2.1)")
    return unquote_to_bytes(raw_path_segment).decode("utf-8")
