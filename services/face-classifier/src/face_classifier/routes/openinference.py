"""The Open Inference Protocol, version 2: `/v2`. What it says is in `core.openinference`."""

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from face_classifier.core.openinference import (
    HEADER_LENGTH,
    model_metadata,
    read_infer,
    server_metadata,
    write_infer,
)
from face_classifier.core.tensors import TensorError
from face_classifier.deps import Faces
from face_classifier.routes import protocols
from face_classifier.usecases.serving import NoModelYet, ServedModel
from genba_servicekit.app import CLIENT_LEFT
from genba_servicekit.errors import BadRequest
from genba_servicekit.middleware import HEADERS_KEY

BINARY: Final = "application/octet-stream"
_MODEL: Final = "/v2/models/{model}"
_VERSION: Final = "/v2/models/{model}/versions/{version}"
_INFER: Final = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?/infer")

router = APIRouter()


async def server(_request: Request) -> Response:
    """What the server is."""
    return JSONResponse(server_metadata(version("face-classifier")))


async def live(_request: Request) -> Response:
    """Whether the server runs."""
    return JSONResponse({"live": True})


async def ready(request: Request) -> Response:
    """Whether a model is there that answers."""
    if _faces(request).serving.current is None:
        raise NoModelYet
    return JSONResponse({"ready": True})


async def model(request: Request) -> Response:
    """What a model takes and gives."""
    return JSONResponse(model_metadata(_model(request).signature))


async def model_ready(request: Request) -> Response:
    """Whether a model answers."""
    asked = _model(request)
    return JSONResponse({"name": asked.signature.name, "ready": True})


async def infer(request: Request) -> Response:
    """What a model says of photos."""
    return await _infer(_faces(request), _model(request), dict(request.headers.raw), request.receive)


def direct(scope: Scope) -> ASGIApp | None:
    """What answers a request for inference without the router, which would take as long as all the rest."""
    if scope["method"] != "POST":
        return None
    found = _INFER.fullmatch(scope["path"])
    if found is None:
        return None
    scope["endpoint"] = infer

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        faces: Faces = scope["app"].state.faces
        try:
            response = await _infer(faces, faces.serving.need(*found.groups()), scope[HEADERS_KEY], receive)
        except TensorError as error:
            raise BadRequest(str(error)) from None
        except ClientDisconnect:
            response = Response(status_code=CLIENT_LEFT)
        await response(scope, receive, send)

    return answer


async def _infer(faces: Faces, model: ServedModel, headers: Mapping[bytes, bytes], receive: Receive) -> Response:
    def header(name: str) -> str | None:
        found = headers.get(name.encode())
        return None if found is None else found.decode("latin-1")

    protocols.check_encoding(header("content-encoding"))
    length = header(HEADER_LENGTH)
    with protocols.room_for(header("content-length") or "", faces):
        body = await protocols.received(receive, faces.settings.upload_timeout)
        short = length is not None and length.isdigit() and len(length) < 5  # noqa: PLR2004  (digits: below 10 kB)
        read = await protocols.read(read_infer, body, length, json_bytes=0 if short else None)
        del body
        said = await protocols.unless_left(receive, faces.serving.say(model, read.photos, read.within))
    answer, after = write_infer(read, said, model.signature)
    if after is None:
        return Response(answer, media_type="application/json")
    return Response(answer, media_type=BINARY, headers={HEADER_LENGTH: str(after)})


def _faces(request: Request) -> Faces:
    found: Faces = request.app.state.faces
    return found


def _model(request: Request) -> ServedModel:
    return _faces(request).serving.need(request.path_params["model"], request.path_params.get("version"))


for _path, _endpoint in (("/v2", server), ("/v2/health/live", live), ("/v2/health/ready", ready)):
    router.add_route(_path, _endpoint, ["GET"], include_in_schema=False)
for _prefix in (_MODEL, _VERSION):
    router.add_route(_prefix, model, ["GET"], include_in_schema=False)
    router.add_route(f"{_prefix}/ready", model_ready, ["GET"], include_in_schema=False)
    router.add_route(f"{_prefix}/infer", infer, ["POST"], include_in_schema=False)
