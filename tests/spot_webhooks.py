"""A receiver of webhooks over a real socket, that checks signatures and answers as a test says."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sockets import listening


@dataclass
class Receiver:
    """It answers with the next of `answers`, then with 204.

    Attributes:
        answers: statuses; 0 is no answer at all, and the connection is closed; a negative one waits that many seconds;
            bytes are sent as they are.
        got: (headers, body) of every request.
        url: where it is.
        open: requests that wait for their answer now; `most_open` is the most there were.
    """

    answers: Iterator[float | bytes] = field(default_factory=lambda: iter(()))
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    open: int = 0
    most_open: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self) -> list[dict[str, Any]]:
        """What every message says."""
        return [json.loads(body) for _, body in self.got]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    async def wait_for(self, count: int, seconds: float = 30) -> None:
        """Wait until so many messages have come."""
        async with asyncio.timeout(seconds):
            while len(self.got) < count:
                self._news.clear()
                await self._news.wait()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append((headers, body))
            self._news.set()
            status = next(self.answers, 204)
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            if not isinstance(status, bytes) and status < 0:
                await asyncio.sleep(-status)
                status = 204
            self.open -= 1
            if isinstance(status, bytes):
                writer.write(status)
                await writer.drain()
            elif status:
                place = "Location: http://169.254.169.254/latest/meta-data\r\n" if 300 <= status < 400 else ""
                writer.write(
                    f"HTTP/1.1 {status:.0f} X\r\n{place}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
                )
                await writer.drain()
        writer.close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Does a message come from who has the secret (Standard Webhooks)?"""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return hmac.compare_digest(headers["webhook-signature"], wanted)


@asynccontextmanager
async def receiver(*answers: float | bytes) -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    made = Receiver(iter(answers))
    async with listening(made.handle) as port:
        made.url = f"http://127.0.0.1:{port}/hook"
        yield made
