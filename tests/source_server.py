"""A small HTTP server that answers as a test says, byte for byte, well or badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b

from sockets import listening

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]


@dataclass
class SourceServer:
    """Answers by path; what has no answer is 404.

    Attributes:
        answers: by path.
        asked: every request, in order.
    """

    port: int = 0
    scheme: str = "http"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def put(self, path: str, body: bytes, **headers: str) -> None:
        """Serve a file, with an ETag, and 304 for who has it."""
        self.answers[path] = file(body, **headers)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._answer(reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        asked = Asked(head[0].split(" ")[1], headers)
        self.asked.append(asked)
        await self.answers.get(asked.path, plain(404, b"not here"))(asked, writer)
        await writer.drain()


def head(status: int, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def plain(status: int, body: bytes = b"", **headers: str) -> Answer:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, Content_Length=str(len(body)), **headers) + body)

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    return plain(status, Location=to)


def file(body: bytes, **headers: str) -> Answer:
    etag = f'"{blake2b(body, digest_size=8).hexdigest()}"'

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.headers.get("if-none-match") == etag:
            writer.write(head(304, ETag=etag))
        else:
            writer.write(head(200, ETag=etag, Content_Length=str(len(body)), **headers) + body)

    return answer


def endless(piece: bytes, pause: float = 0.0, **headers: str) -> Answer:
    """Piece after piece, for as long as somebody takes them."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, **headers))
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def silent() -> Answer:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()  # until the server ends

    return answer


@asynccontextmanager
async def source_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[SourceServer]:
    """A server on a free port of 127.0.0.1."""
    here = SourceServer(scheme="https" if tls else "http")
    async with listening(here.handle, tls=tls) as here.port:
        yield here
