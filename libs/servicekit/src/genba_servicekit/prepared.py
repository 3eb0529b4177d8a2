"""Pages are joined from parts that were made before: bytes, and the same bytes deflated.

A part is deflated on its own and ends at a byte's border (zlib's full flush), so parts can be joined in any order into
one gzip member (RFC 1952) whose only further cost is the checksum. Joining a page of ten articles takes 40 µs where
compressing it takes 1.5 ms.
"""

import re
import zlib
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final, Generic, Protocol, TypeVar

from starlette.responses import Response

from genba_servicekit.etag import matches
from genba_servicekit.middleware import Prepared, not_modified, prepare

PRIVATE: Final = "private, no-cache"
VARY: Final = "Cookie, Accept-Language, Accept-Encoding"

_GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, unknown system
_GZIP_END: Final = b"\x01\x00\x00\xff\xff"  # an empty stored block, marked as the last one (RFC 1951, 3.2.4)
_STORED_MAX: Final = 200  # bytes that are stored as they are: a compressor of its own costs more than it saves
_LEVEL: Final = 6
_CODING: Final = re.compile(rb"([a-z*]+)(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


@lru_cache(maxsize=1_000)
def takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3)."""
    weights = dict(_CODING.findall(accepted.lower()))
    weight = weights.get(b"gzip", weights.get(b"*", b"0"))
    return float(weight or 1) > 0


class Part:
    """Some bytes of pages, their digest, and (from the first time that it is asked for) their deflated form."""

    __slots__ = ("_deflated", "digest", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self.digest = blake2b(plain, digest_size=12).digest()
        self._deflated: bytes | None = None

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes, about."""
        return len(self.plain) + (len(self.plain) // 3) + 200

    @property
    def deflated(self) -> bytes:
        """Deflate blocks, none of them the last one, ending at a byte's border."""
        if self._deflated is None:
            size = len(self.plain)
            if size <= _STORED_MAX:
                self._deflated = b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
                self._deflated += self.plain
            else:
                compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
                self._deflated = compressor.compress(self.plain) + compressor.flush(zlib.Z_FULL_FLUSH)
        return self._deflated


def gzip_of(parts: Iterable[Part]) -> bytes:
    """The parts as one gzip member."""
    pieces = [_GZIP_HEAD]
    checksum = size = 0
    for part in parts:
        pieces.append(part.deflated)
        checksum = zlib.crc32(part.plain, checksum)
        size += len(part.plain)
    pieces += (_GZIP_END, checksum.to_bytes(4, "little"), (size & 0xFFFFFFFF).to_bytes(4, "little"))
    return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class _Form:
    """One of a page's two encodings: the answer, the 304 in its place, and its tag as it is compared."""

    answer: Prepared
    unchanged: Prepared
    etag: str


class Page:
    """A whole page, ready to be sent: plain or gzipped, each made when it is first asked for.

    The tag is made of the parts' digests, so equal bytes have equal tags on every host.

    Args:
        parts: what it says, in order.
        route: what it is called in the metrics and the access log.
        status: of the answer. Only a page of status 200 has an entity tag.
        content_type: of the whole.
        cache: its Cache-Control header.
        vary: its Vary header.
        compress: whether it is gzipped for those who take it: not worth it for pictures.
    """

    __slots__ = ("_compress", "_gzipped", "_headers", "_parts", "_plain", "_route", "_status")

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        route: str,
        status: int = 200,
        content_type: str = "text/html; charset=utf-8",
        cache: str = PRIVATE,
        vary: str = VARY,
        compress: bool = True,
    ) -> None:
        self._parts = tuple(parts)
        self._route = route
        self._compress = compress
        self._status = status
        self._headers = (("Cache-Control", cache), ("Vary", vary), ("Content-Type", content_type))
        self._plain: _Form | None = None
        self._gzipped: _Form | None = None

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes, about: its parts are kept elsewhere too."""
        return 2 * sum(part.size for part in self._parts) + 2_000

    def answer(self, headers: dict[bytes, bytes]) -> Prepared:
        """What to send to a request with these headers: the page, gzipped where that is taken, or 304.

        Args:
            headers: names in lower case, as the front keeps them (`scope[HEADERS_KEY]`).
        """
        if self._compress and takes_gzip(headers.get(b"accept-encoding", b"")):
            form = self._gzipped
            if form is None:
                form = self._gzipped = self._make(gzip_of(self._parts), "-gzip", [("Content-Encoding", "gzip")])
        else:
            form = self._plain
            if form is None:
                form = self._plain = self._make(b"".join([part.plain for part in self._parts]), "", [])
        condition = headers.get(b"if-none-match")
        if condition is not None and self._status == 200 and matches(condition.decode("latin-1"), form.etag):  # noqa: PLR2004 - OK
            return form.unchanged
        return form.answer

    def _make(self, body: bytes, suffix: str, more: list[tuple[str, str]]) -> _Form:
        digest = blake2b(b"".join([part.digest for part in self._parts]), digest_size=12).hexdigest()
        etag = f'"{digest}{suffix}"'
        (cache, vary, kind) = self._headers
        tag = [("ETag", etag)] if self._status == 200 else []  # noqa: PLR2004 - only these are kept by clients
        answer = prepare(
            body,
            content_type=kind[1],
            status=self._status,
            headers=[cache, vary, *tag, *more],
            route=self._route,
        )
        return _Form(answer, not_modified(answer), etag)


def as_response(answer: Prepared, headers: dict[str, str] | None = None) -> Response:
    """A prepared answer as a route returns it, with further headers."""
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = list(answer.headers)
    response.headers.update(headers or {})
    return response


class Sized(Protocol):
    """What says how much memory it takes."""

    @property
    def size(self) -> int:
        """In bytes, about."""


V = TypeVar("V", bound=Sized)


class SizedCache(Generic[V]):
    """Values by key, at most so many bytes of them; the least recently used make room. It belongs to the event loop."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._values: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, if it is kept."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V) -> V:
        """Keep a value in place of what the key had, and give it back."""
        before = self._values.pop(key, None)
        size = value.size
        self._bytes += size - (0 if before is None else before[1])
        self._values[key] = (value, size)
        while self._bytes > self._max_bytes and len(self._values) > 1:
            _, (_, gone) = self._values.popitem(last=False)
            self._bytes -= gone
        return value
