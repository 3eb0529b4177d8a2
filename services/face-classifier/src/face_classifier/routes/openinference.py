"""The Open Inference Protocol, version 2: `/v2`. What it says is in `core.openinference`."""

from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from face_classifier.core.openinference import (
    HEADER_LENGTH,
    model_metadata,
    read_infer,
    server_metadata,
    write_infer,
)
from face_classifier.deps import Faces
from face_classifier.routes import protocols
from face_classifier.usecases.serving import NoModelYet, ServedModel

BINARY: Final = "application/octet-stream"
_MODEL: Final = "/v2/models/{model}"
_VERSION: Final = "/v2/models/{model}/versions/{version}"

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
    faces, asked = _faces(request), _model(request)
    with protocols.room_for(request, faces):
        body = await protocols.body_of(request, faces)
        length = request.headers.get(HEADER_LENGTH)
        short = length is not None and length.isdigit() and len(length) < 6  # noqa: PLR2004  (digits: below 100 kB)
        read = await protocols.read(read_infer, body, length, json_bytes=int(length or 0) if short else None)
        del body
        said = await protocols.unless_left(request, faces.serving.say(asked, read.photos, read.within))
    answer, header = write_infer(read, said, asked.signature)
    if header is None:
        return Response(answer, media_type="application/json")
    return Response(answer, media_type=BINARY, headers={HEADER_LENGTH: str(header)})


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
