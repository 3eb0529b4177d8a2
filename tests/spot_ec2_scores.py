"""EC2's endpoint as far as it gives placement scores, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs

XML = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass
class ScoresServer:
    """Answers GetSpotPlacementScores page by page.

    Attributes:
        pages: zones with their scores; a page has those of one region.
        error: code and message of the error that it answers with; empty: none.
        asked: the form of every request.
    """

    pages: list[list[tuple[str, str, int]]] = field(default_factory=list)
    error: tuple[str, str] | None = None
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    url: str = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next(line.split(":")[1] for line in head.splitlines() if line.startswith("content-length"))
                form = parse_qs((await reader.readexactly(int(length))).decode())
                self.asked.append(form)
                status, body = self._answer(form)
                head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body.encode())
                await writer.drain()
        writer.close()

    def _answer(self, form: dict[str, list[str]]) -> tuple[str, str]:
        if self.error:
            code, message = self.error
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return "400 Bad Request", f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>"
        page = int(form.get("NextToken", ["0"])[0])
        items = "".join(
            f"<item><region>{region}</region><availabilityZoneId>{zone}</availabilityZoneId><score>{score}</score></item>"
            for region, zone, score in self.pages[page]
        )
        token = f"<nextToken>{page + 1}</nextToken>" if page + 1 < len(self.pages) else "<nextToken/>"
        scores = f"<spotPlacementScoreSet>{items}</spotPlacementScoreSet>{token}"
        name = "GetSpotPlacementScoresResponse"
        return "200 OK", f'<{name} xmlns="{XML}"><requestId>1</requestId>{scores}</{name}>'


@asynccontextmanager
async def scores_server(*pages: list[tuple[str, str, int]]) -> AsyncIterator[ScoresServer]:
    """A server on a free port of this machine."""
    made = ScoresServer(list(pages))
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
