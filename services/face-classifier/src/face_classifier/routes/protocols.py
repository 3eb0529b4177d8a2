"""What both protocols of model servers have in common: bodies, callers who leave, and how errors are said."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import Receive

from face_classifier.core.tensors import TensorError
from face_classifier.deps import Faces
from genba_servicekit.app import GenbaApp
from genba_servicekit.errors import BadRequest, ProblemError, UnsupportedMediaType

LOOK_AFTER: Final = 0.05
"""Seconds that an answer takes before anyone looks whether its caller is still there."""
THREAD_BYTES: Final = 32 << 10
"""A body of JSON that is longer is read beside the event loop."""
_PATHS: Final = re.compile(
    r"/v2(/.*)?|/v1/models/[^/:]+(/versions/[^/:]+)?(/metadata|:predict|:classify|:regress)?", re.DOTALL
)

T = TypeVar("T")


def own_errors(request: Request, error: ProblemError) -> Response | None:
    """An error as clients of these protocols expect it: `{"error": "…"}`."""
    if _PATHS.fullmatch(request.url.path) is None:
        return None
    text = error.title if error.detail is None else f"{error.title}: {error.detail}"
    return JSONResponse({"error": text}, error.status, error.headers)


def handle_tensor_errors(app: GenbaApp) -> None:
    """Answer 400 to tensors that cannot be read."""

    async def on_tensor(request: Request, error: Exception) -> Response:
        return await app.error_response(request, BadRequest(str(error)))

    app.add_exception_handler(TensorError, on_tensor)


async def body_of(request: Request, faces: Faces) -> bytes:
    """A request's body.

    Raises:
        BadRequest: it does not come in time.
        UnsupportedMediaType: it is compressed.
        ClientDisconnect: the caller left.
    """
    check_encoding(request.headers.get("content-encoding"))
    return await received(request.receive, faces.settings.upload_timeout)


def check_encoding(name: str | None) -> None:
    """Refuse a body that is compressed.

    Raises:
        UnsupportedMediaType: it is.
    """
    if name not in {None, "identity"}:
        raise UnsupportedMediaType("compressed bodies are not read here")


async def received(receive: Receive, within: float) -> bytes:
    """A body that comes in within so many seconds; see `body_of`."""
    chunks = []
    try:
        async with asyncio.timeout(within):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        raise BadRequest(f"The body did not come within {within:g} s.") from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def room_for(length: str, faces: Faces) -> AbstractContextManager[None]:
    """Room for a body of this `Content-Length`; see `Uploads.room`."""
    return faces.uploads.room(int(length) if length.isdigit() else faces.settings.upload_limit)


async def read(reader: Callable[..., T], body: bytes, *more: Any, json_bytes: int | None = None) -> T:
    """What a body says; beside the event loop if there is much JSON in it."""
    if (len(body) if json_bytes is None else json_bytes) > THREAD_BYTES:
        return await asyncio.to_thread(reader, body, *more)
    return reader(body, *more)


async def unless_left(receive: Receive, work: Awaitable[T]) -> T:
    """The work's result; it is given up when the caller leaves.

    Whether the caller is there is looked at only if it takes a while: a task to look costs more than most answers.

    Raises:
        ClientDisconnect: the caller left.
    """
    watch = _Watch(receive)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.left and watch.waiting.uncancel() == 0:
            raise ClientDisconnect from None
        raise
    finally:
        watch.end()


class _Watch:
    """Cancels the task that it was made in when the caller leaves."""

    def __init__(self, receive: Receive) -> None:
        waiting = asyncio.current_task()
        assert waiting is not None  # noqa: S101  (a coroutine runs in one)
        self.waiting: asyncio.Task[Any] = waiting
        self.left = False
        self._receive = receive
        self._look: asyncio.Task[None] | None = None
        self._begin = asyncio.get_running_loop().call_later(LOOK_AFTER, self._start)

    def end(self) -> None:
        self._begin.cancel()
        if self._look is not None:
            self._look.cancel()

    def _start(self) -> None:
        self._look = asyncio.ensure_future(self._until_left())

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = True
        self.waiting.cancel()
