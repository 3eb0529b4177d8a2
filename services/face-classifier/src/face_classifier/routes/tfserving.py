"""TensorFlow Serving's REST protocol: `/v1/models/faces`. What it says is in `core.tfserving`."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from face_classifier.core.tensors import Photos, read_json
from face_classifier.core.tfserving import classes, metadata, predictions, read_classify, read_predict, status
from face_classifier.deps import Faces
from face_classifier.routes import protocols
from face_classifier.usecases.serving import ServedModel

router = APIRouter()


async def model_status(request: Request) -> Response:
    """Which version is served."""
    return JSONResponse(status(_model(request).version))


async def model_metadata(request: Request) -> Response:
    """What a model takes and gives."""
    return JSONResponse(metadata(_model(request).signature))


async def predict(request: Request) -> Response:
    """Logits, embeddings and probabilities of photos."""

    def asked(body: bytes) -> tuple[Photos, bool]:
        return read_predict(read_json(body))

    faces, model = _faces(request), _model(request)
    with protocols.room_for(request.headers.get("content-length", ""), faces):
        photos, rows = await protocols.read(asked, await protocols.body_of(request, faces))
        said = await protocols.unless_left(request.receive, faces.serving.say(model, photos))
    return JSONResponse(predictions(said, rows=rows))


async def classify(request: Request) -> Response:
    """The labels of photos with their probabilities."""

    def asked(body: bytes) -> Photos:
        return read_classify(read_json(body))

    faces, model = _faces(request), _model(request)
    with protocols.room_for(request.headers.get("content-length", ""), faces):
        photos = await protocols.read(asked, await protocols.body_of(request, faces))
        said = await protocols.unless_left(request.receive, faces.serving.say(model, photos))
    return JSONResponse(classes(said, model.signature))


def _faces(request: Request) -> Faces:
    found: Faces = request.app.state.faces
    return found


def _model(request: Request) -> ServedModel:
    parameters: dict[str, Any] = request.path_params
    return _faces(request).serving.need(parameters["model"], parameters.get("version"))


for _prefix in ("/v1/models/{model}", "/v1/models/{model}/versions/{version}"):
    router.add_route(f"{_prefix}:predict", predict, ["POST"], include_in_schema=False)
    router.add_route(f"{_prefix}:classify", classify, ["POST"], include_in_schema=False)
    router.add_route(f"{_prefix}/metadata", model_metadata, ["GET"], include_in_schema=False)
    router.add_route(_prefix, model_status, ["GET"], include_in_schema=False)
