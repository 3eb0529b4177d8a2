"""httpx's requests over aiohttp's connections."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

_CHUNK: Final = 64 * 1024

# The first that fits: subclasses stand before what they are subclasses of.
_MEANINGS: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerFingerprintMismatch, httpx.ConnectError),
    (TimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.ClientError, httpx.ReadError),
    (OSError, httpx.ReadError),
)


class PlainAiohttpTransport(AiohttpTransport):
    """httpx-aiohttp's transport, changed where a client that repeats requests has to know more.

    - The path is sent byte for byte. Handed over as text, yarl would decode `%2E%2E` and drop the segment before it.
    - A connection error means that nothing was sent. httpx-aiohttp calls a connection that ends in the middle of a
      request a connect timeout, and whoever believes it sends a POST twice.
    - A piece of an upload has to be taken within the write timeout, which aiohttp does not have; the time for a free
      connection does not count as time to connect.
    - No cookie is kept.
    """

    def get_client(self) -> aiohttp.ClientSession:
        """Make the pool, on the first request: it belongs to the event loop that runs then."""
        connector: aiohttp.BaseConnector
        limit = self.limits.max_connections or 0
        if self.uds:
            connector = aiohttp.UnixConnector(self.uds, keepalive_timeout=self.limits.keepalive_expiry, limit=limit)
        else:
            connector = aiohttp.TCPConnector(
                ssl=self.ssl_context,
                local_addr=(self.local_address, 0) if self.local_address else None,
                keepalive_timeout=self.limits.keepalive_expiry,
                limit=limit,
            )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the answer's body is not read yet."""
        session = self.client if isinstance(self.client, aiohttp.ClientSession) else self.get_client()
        self.client = session
        timeout = request.extensions.get("timeout", {})
        upload = _Upload(request, timeout.get("write"))
        with _mapped():
            answer = await upload.guard(
                session.request(
                    request.method,
                    URL(str(request.url), encoded=True),
                    headers=upload.headers,
                    data=upload.data,
                    allow_redirects=False,
                    timeout=_timeout(timeout),
                    server_hostname=request.extensions.get("sni_hostname"),
                )
            )
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=_Body(answer),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": (answer.reason or "").encode()},
        )


class _Upload:
    """A request's body, and what is done about a server that does not take it."""

    def __init__(self, request: httpx.Request, limit: float | None) -> None:
        self.headers = request.headers.multi_items()
        self.data: bytes | AsyncIterator[bytes] | None
        self._limit = limit
        self._scope: asyncio.Timeout | None = None
        try:
            self.data = request.content or None
        except httpx.RequestNotRead:
            # aiohttp frames the body itself.
            self.headers = [(name, value) for name, value in self.headers if name.lower() != "transfer-encoding"]
            self.data = self._pieces(request.stream)

    async def _pieces(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> AsyncIterator[bytes]:
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous client sends asynchronous streams")
        async for piece in stream:
            self._allow(self._limit)
            yield piece
            self._allow(None)

    def _allow(self, seconds: float | None) -> None:
        if self._scope is not None:
            self._scope.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    async def guard(self, answer: "aiohttp.client._RequestContextManager") -> aiohttp.ClientResponse:
        """Wait for the answer; once it has begun, it is the answer's pieces that have to come in time."""
        if self._limit is None or isinstance(self.data, bytes | None):
            return await answer
        try:
            async with asyncio.timeout(None) as self._scope:
                return await answer
        except TimeoutError as error:
            if self._scope is not None and self._scope.expired():
                raise httpx.WriteTimeout(f"a piece of the body was not taken within {self._limit} s") from error
            raise
        finally:
            self._scope = None


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _mapped():
            async for piece in self._answer.content.iter_chunked(_CHUNK):
                yield piece

    async def aclose(self) -> None:
        self._answer.release()


def _timeout(timeout: dict[str, float | None]) -> aiohttp.ClientTimeout:
    connect, pool = timeout.get("connect"), timeout.get("pool")
    whole = None if connect is None or pool is None else connect + pool
    return aiohttp.ClientTimeout(connect=whole, sock_connect=connect, sock_read=timeout.get("read"))


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:
        for from_error, to_error in _MEANINGS:
            if isinstance(error, from_error):
                raise to_error(str(error) or type(error).__name__) from error
        raise
