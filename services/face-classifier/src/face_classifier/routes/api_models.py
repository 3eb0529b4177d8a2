"""REST: whom the model knows, its versions, and which of them answers."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from face_classifier.deps import Editor, FacesDep
from face_classifier.routes import converting
from face_classifier.routes.bodies import HEADERS
from face_classifier.usecases.following import ModelLoading, NoModel
from face_classifier.usecases.registry import NoSuchVersion, NothingBefore, UnusableVersion
from genba_contracts import faces as contracts
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, Forbidden, Unauthorized, responses

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/labels", response_model=contracts.LabelList, responses=HEADERS.read | responses(NoModel, ModelLoading))
async def list_labels(request: Request, faces: FacesDep) -> Response:
    """List the people whom the model that answers knows."""
    return answer(request, converting.labels(faces.following.need()))


@router.get("/models", response_model=contracts.ModelList, responses=HEADERS.read)
async def list_models(request: Request, faces: FacesDep) -> Response:
    """List the versions of the model, the newest first.

    They are trained, and added, by the command line: `face-classifier train` and `face-classifier models add`.
    """
    versions = await faces.registry.listed()
    return answer(request, converting.models(versions, faces.following.answering))


@router.post(
    "/models:promote",
    response_model=contracts.Model,
    responses=HEADERS.told | responses(BadRequest, Unauthorized, Forbidden, NoSuchVersion, UnusableVersion),
)
async def promote_model(request: Request, faces: FacesDep, _who: Editor, body: contracts.Promotion) -> Response:
    """Have a version of the model answer.

    Its files are compared with its manifest first. Every process loads it, has it answer for itself, and only then
    answers others with it; no request fails or waits meanwhile.
    """
    version = await faces.registry.promote(body.version)
    await faces.following.follow()
    return answer(request, converting.model(version, answers=version.number == faces.following.answering))


@router.post(
    "/models:rollback",
    response_model=contracts.Model,
    responses=HEADERS.told | responses(Unauthorized, Forbidden, NothingBefore, UnusableVersion),
)
async def roll_model_back(request: Request, faces: FacesDep, _who: Editor) -> Response:
    """Have that version of the model answer again that did before."""
    version = await faces.registry.rollback()
    await faces.following.follow()
    return answer(request, converting.model(version, answers=version.number == faces.following.answering))
