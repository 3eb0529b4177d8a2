"""Requests and answers of any length, a line of JSON at a time (NDJSON), and both at once."""

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class DuplexResponse(StreamingResponse):
    """An answer that is sent while the request's body (`request.stream()`) still comes in.

    Starlette's own would read messages to hear whether the client has left, and take parts of the body with them.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  (as ASGI has it)
        """Send the answer; a client who leaves ends it."""
        with suppress(ClientDisconnect):
            await self.stream_response(send)


async def lines_of(body: AsyncIterator[bytes], *, longest: int) -> AsyncIterator[bytes | None]:
    """The lines of a body as it streams in, without their ends, empty ones too.

    Args:
        body: in pieces of any size.
        longest: bytes in a line. In place of a longer one there is None, and it is not held in memory.
    """
    held, skipping = bytearray(), False
    async for chunk in body:
        *done, rest = chunk.split(b"\n")
        for piece in done:
            held += piece
            yield None if skipping or len(held) > longest else bytes(held)
            held.clear()
            skipping = False
        if not skipping:
            held += rest
        if len(held) > longest:
            skipping = True
            held.clear()
    if skipping:
        yield None
    elif held:
        yield bytes(held)
