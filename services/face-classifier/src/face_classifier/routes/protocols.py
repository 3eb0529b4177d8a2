"""What both protocols of model servers have in common: bodies, callers who leave, and how errors are said."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

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
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("compressed bodies are not read here")
    try:
        async with asyncio.timeout(faces.settings.upload_timeout):
            return await request.body()
    except TimeoutError:
        raise BadRequest(f"The body did not come within {faces.settings.upload_timeout:g} s.") from None


def room_for(request: Request, faces: Faces) -> Any:
    """Room for a request's body; see `Uploads.room`."""
    length = request.headers.get("content-length", "")
    return faces.uploads.room(int(length) if length.isdigit() else faces.settings.upload_limit)


async def read(reader: Callable[..., T], body: bytes, *more: Any, json_bytes: int | None = None) -> T:
    """What a body says; beside the event loop if there is much JSON in it."""
    if (len(body) if json_bytes is None else json_bytes) > THREAD_BYTES:
        return await asyncio.to_thread(reader, body, *more)
    return reader(body, *more)


async def unless_left(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The work's result; it is given up when the caller leaves.

    Raises:
        ClientDisconnect: the caller left.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=LOOK_AFTER)
        if not task.done():
            leaving = asyncio.ensure_future(_left(request))
            try:
                await asyncio.wait([task, leaving], return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
            if not task.done():
                raise ClientDisconnect
        return await task
    finally:
        task.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
