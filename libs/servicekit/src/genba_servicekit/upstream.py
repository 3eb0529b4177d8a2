"""Files from URLs that people give, fetched so that nobody gains by giving a bad one.

    upstream = Upstream()
    answer = await upstream.get("https://example.org/timetable.json", etag=kept.etag)
    if answer.body is None: ...  # 304: what is kept is still what there is
    await upstream.close()

A host is resolved here, once a connection: if any of its addresses may not be connected to (see `addresses`), none is,
and the connection goes to one that was checked, so that a second look-up cannot lead elsewhere (DNS rebinding).
Certificates and the Host header go by the name. Redirects are followed by hand, and each is checked in the same way.
An answer has to be whole within a time and under a size, both before and after decompression.

Its errors are in `upstream_errors`, its connections are made in `upstream_guard`.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpcore
import httpx
import stamina

from genba_servicekit.addresses import Network
from genba_servicekit.upstream_errors import (
    AddressRefused,
    BadAnswer,
    TooLarge,
    TooSlow,
    Unreachable,
    short,
)
from genba_servicekit.upstream_guard import Guard, GuardedTransport, Resolver, resolve

MOST_REDIRECTS: Final = 5
CONNECT_TIMEOUT: Final = 5.0  # seconds for one address; a machine that is there answers a SYN within three resends
READ_TIMEOUT: Final = 15.0  # seconds between two pieces of an answer: some pages are made slowly
WRITE_TIMEOUT: Final = 10.0
POOL_TIMEOUT: Final = 10.0
OK: Final = 200
_PORTS: Final = {"http": 80, "https": 443}
NOT_MODIFIED: Final = 304
_LONGEST: Final = 200  # of a validator
RETRY_STATUSES: Final = frozenset({429, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_STEP: Final = 64 * 1024  # bytes that are decompressed at once
_WBITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Answer:
    """A file as it was had.

    Attributes:
        url: where it was in the end, redirects followed.
        body: decompressed; None where what the caller knows is still what there is (304).
        etag: as the server gave it; None if it cannot be sent back.
        last_modified: as the server gave it; None if it cannot be sent back.
        content_type: as the server gave it.
    """

    url: str
    body: bytes | None
    etag: str | None
    last_modified: str | None
    content_type: str | None


class Upstream:
    """Fetches files. One for the life of a process.

    Args:
        allow: networks that may be fetched from although they are not public, on any port.
        ports: those of public hosts that may be fetched from.
        timeout: seconds for a whole file, with redirects and attempts.
        limit: bytes of a body, compressed and decompressed.
        attempts: how often it is tried where another attempt may help.
        resolver: finds addresses.
        tls: whose certificates are trusted; by default those of certifi.
        user_agent: who asks, as servers see it.
    """

    def __init__(
        self,
        *,
        allow: Collection[Network] = (),
        ports: Collection[int] = (80, 443),
        timeout: float = 30.0,
        limit: int = 20_000_000,
        attempts: int = 3,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "genba",
    ) -> None:
        self._timeout = timeout
        self._limit = limit
        self._attempts = attempts
        self._guard = guard = Guard(resolver, frozenset(allow), frozenset(ports))
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(guard, tls or httpx.create_ssl_context(trust_env=False)),
            timeout=httpx.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT, write=WRITE_TIMEOUT, pool=POOL_TIMEOUT),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none: whoever answers could fill the memory
            follow_redirects=False,
            trust_env=False,  # a proxy would resolve names again, behind the check
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """Fetch a file, unless it is still as it was.

        Args:
            url: http or https.
            etag: of the copy that the caller has.
            last_modified: of the copy that the caller has.

        Raises:
            UpstreamError: it could not be had.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value is not None}
        try:
            async with asyncio.timeout(self._timeout) as whole:
                return await self._attempt(url, headers)
        except TimeoutError:
            if not whole.expired():
                raise
            raise TooSlow(f"was not whole within {self._timeout:g} s") from None

    async def check(self, url: str) -> None:
        """See whether a URL may be asked at all: how it is written, and where its host is now.

        Raises:
            UpstreamError: it may not, or its host is not known.
        """
        where = _checked(url)
        try:
            async with asyncio.timeout(self._timeout):
                await self._guard.check(where.host, where.port or _PORTS[where.scheme])
        except TimeoutError:
            raise TooSlow(f"its host was not found within {self._timeout:g} s") from None
        except httpcore.ConnectError as error:
            raise Unreachable(str(error)) from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body, once; gives the status of the answer, of which nothing else is read. Redirects are not followed.

        Raises:
            UpstreamError: nobody answered, or it may not be sent there.
        """
        where = _checked(url)
        times = httpx.Timeout(connect=CONNECT_TIMEOUT, read=None, write=None, pool=None)  # the whole has its own
        sending = self._client.stream("POST", where, content=body, headers=dict(headers), timeout=times)
        try:
            with _told_of():
                async with asyncio.timeout(self._timeout), sending as response:
                    return response.status_code
        except TimeoutError:
            raise TooSlow(f"did not answer within {self._timeout:g} s") from None

    async def _attempt(self, url: str, headers: dict[str, str]) -> Answer:
        retries = stamina.retry_context(
            on=_may_help, attempts=self._attempts, timeout=None, wait_initial=0.2, wait_max=2.0
        )
        async for attempt in retries:
            with attempt:
                return await self._follow(url, headers)
        raise AssertionError("stamina raises the last error")

    async def _follow(self, url: str, headers: dict[str, str]) -> Answer:
        where = _checked(url)
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._once(where, headers)
            if isinstance(answer, Answer):
                return answer
            if where.scheme == "https" and answer.scheme == "http":
                raise AddressRefused(f"leads from https to http: {short(str(answer))}")
            where = answer
        raise BadAnswer(f"leads on more than {MOST_REDIRECTS} times")

    async def _once(self, url: httpx.URL, headers: dict[str, str]) -> Answer | httpx.URL:
        with _told_of():
            async with self._client.stream("GET", url, headers=headers) as response:
                if response.status_code in _REDIRECTS and (goal := response.headers.get("location")):
                    return _checked(_joined(url, goal))
                if response.status_code not in {OK, NOT_MODIFIED}:
                    phrase = f"{response.status_code} {response.reason_phrase}".strip()
                    raise BadAnswer(f"was answered with {short(phrase)}", status=response.status_code)
                body = None if response.status_code == NOT_MODIFIED else await self._body(response)
                said = response.headers
                return Answer(
                    url=str(url),
                    body=body,
                    etag=_sendable(said.get("etag")),
                    last_modified=_sendable(said.get("last-modified")),
                    content_type=said.get("content-type"),
                )

    async def _body(self, response: httpx.Response) -> bytes:
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > self._limit:
            raise TooLarge(f"has {int(length[:20]):,} bytes, of at most {self._limit:,}")
        encodings = [each.strip().lower() for each in response.headers.get("content-encoding", "").split(",")]
        named = [each for each in encodings if each not in {"", "identity"}]
        if len(named) > 1 or any(each not in _WBITS for each in named):
            raise BadAnswer(f"is compressed in a way that was not asked for: {short(', '.join(named))}")
        body = bytearray()
        async for piece in _plain(response.aiter_raw(), named[0] if named else "", self._limit):
            body += piece
            if len(body) > self._limit:
                raise TooLarge(f"has more than {self._limit:,} bytes")
        return bytes(body)


async def _plain(raw: AsyncIterator[bytes], encoding: str, limit: int) -> AsyncIterator[bytes]:
    """A body decompressed step by step, so that a small piece never becomes a large one at once."""
    received = 0
    unpack = _Unpacker(encoding) if encoding else None
    async for piece in raw:
        received += len(piece)
        if received > limit:
            raise TooLarge(f"has more than {limit:,} bytes")
        if unpack is None:
            yield piece
            continue
        for plain in unpack.feed(piece):
            yield plain
            await asyncio.sleep(0)
    if unpack is not None:
        unpack.end()


class _Unpacker:
    """Undoes gzip and deflate; the latter with zlib's header or without, as servers send both (RFC 9110, 8.4.1.2)."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._stream = zlib.decompressobj(_WBITS[encoding])
        self._begun = False

    def feed(self, piece: bytes) -> Iterable[bytes]:
        """What comes out of the next piece, at most 64 KiB at a time."""
        while piece:
            if self._stream.eof:  # gzip may hold several members (RFC 1952, 2.2); whatever else follows is dropped
                if self._encoding == "deflate":
                    return
                self._stream = zlib.decompressobj(31)
            try:
                plain = self._stream.decompress(piece, _STEP)
            except zlib.error as error:
                if self._begun or self._encoding != "deflate":
                    raise BadAnswer(f"cannot be decompressed: {error}") from error
                self._stream, self._begun = zlib.decompressobj(-15), True
                continue
            self._begun = True
            piece = self._stream.unconsumed_tail or self._stream.unused_data
            if plain:
                yield plain

    def end(self) -> None:
        """See that it is whole."""
        if self._begun and not self._stream.eof:
            raise BadAnswer("ends in the middle of its compressed data")


@contextmanager
def _told_of() -> Iterator[None]:
    """What httpx finds wrong, in our words."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise Unreachable(f"does not answer ({type(error).__name__})") from error
    except httpx.RequestError as error:
        raise Unreachable(short(f"cannot be reached: {error or type(error).__name__}")) from error
    except (ValueError, httpx.InvalidURL) as error:  # httpx reads where a redirect leads even if it does not follow
        raise BadAnswer(short(f"leads to what is no URL: {error}")) from error


def _may_help(error: Exception) -> bool:
    """May another attempt go better?"""
    return isinstance(error, Unreachable) or (isinstance(error, BadAnswer) and error.status in RETRY_STATUSES)


def _checked(url: str) -> httpx.URL:
    """A URL of which everything but the host's addresses is in order."""
    try:
        parsed = httpx.URL(url)
        host = parsed.host  # decodes international names, of which some are none
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise AddressRefused(f"{short(url)} is no URL") from error
    if parsed.scheme not in {"http", "https"}:
        raise AddressRefused(f"{short(url)} is not of http or https")
    if not host:
        raise AddressRefused(f"{short(url)} names no host")
    if parsed.userinfo:
        raise AddressRefused("a URL with a user name or a password is not fetched")
    return parsed.copy_with(fragment=None)


def _joined(base: httpx.URL, goal: str) -> str:
    try:
        return str(base.join(goal))
    except (httpx.InvalidURL, ValueError) as error:
        raise BadAnswer(f"leads to what is no URL: {short(goal)}") from error


def _sendable(value: str | None) -> str | None:
    """A validator that can be sent back; one that cannot is as good as none."""
    return value if value and len(value) <= _LONGEST and value.isascii() and value.isprintable() else None
