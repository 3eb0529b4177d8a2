"""Lines and events out of a stream of bytes."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass


async def lines_of(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Give the lines of a stream without their line feeds, empty ones too.

    Only a line feed ends a line. (`httpx.Response.aiter_lines` ends one at U+2028 and ten other characters too, which
    stand in JSON as they are.)
    """
    rest = b""
    async for piece in pieces:
        *complete, rest = (rest + piece).split(b"\n")
        for line in complete:
            yield line
    if rest:
        yield rest


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream. `id` is the last that was said, by this event or one before it."""

    event: str
    data: str
    id: str


async def events_of(pieces: AsyncIterable[bytes]) -> AsyncIterator[ServerSentEvent]:
    """Give the events of a stream (WHATWG HTML, 9.2.6); one that is cut off in the middle is not given.

    Lines may end with CR LF or LF; services of ours never end one with a lone CR.
    """
    event, data, last_id = "", list[str](), ""
    async for raw in lines_of(pieces):
        line = raw.removesuffix(b"\r").decode("utf-8", "replace")
        if not line:
            if data:
                yield ServerSentEvent(event or "message", "\n".join(data), last_id)
            event, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            last_id = value
