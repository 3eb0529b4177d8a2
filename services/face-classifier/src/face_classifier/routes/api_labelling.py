"""REST: giving names to faces. All of it takes an API key: who labels sees people's faces."""

import base64
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from face_classifier.core.datasets import Label
from face_classifier.deps import Editor, Faces, FacesDep
from face_classifier.routes import converting
from face_classifier.routes.bodies import HEADERS
from face_classifier.usecases.labelling import NoSuchCrops, UnfitLabel, Unnamed
from genba_contracts import faces_labelling as contracts
from genba_contracts.faces import Guess
from genba_contracts.faces_trainings import DataSetName
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, Forbidden, TooManyRequests, Unauthorized, responses

router = APIRouter(prefix="/v1", tags=["labelling"])

_READ: Final = (BadRequest, Unauthorized, Forbidden, NoSuchCrops)


@router.get("/unlabelled", response_model=contracts.CropSetList, responses=HEADERS.read | responses(*_READ[:3]))
async def list_unlabelled(request: Request, faces: FacesDep, _who: Editor) -> Response:
    """List the sets of faces without a name.

    They are folders under `unlabelled` in the service's artifacts, filled by `face-classifier detect --crops`.
    """
    found = sorted((await faces.labelling.sets()).items())
    return answer(request, contracts.CropSetList(items=[contracts.CropSet(name=name, faces=n) for name, n in found]))


@router.get(
    "/unlabelled/{name}",
    response_model=contracts.UnnamedFaces,
    responses=HEADERS.read | responses(*_READ, TooManyRequests),
)
async def next_unlabelled(
    request: Request,
    faces: FacesDep,
    _who: Editor,
    name: DataSetName,
    *,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
) -> Response:
    """Give the next faces of a set, those first of which the model is least sure, each with its guesses."""
    model = faces.serving.current
    found, left = await faces.labelling.unnamed(name, model, limit=limit)
    labels = [] if model is None else converting.labels(model).items
    return answer(request, contracts.UnnamedFaces(items=[_unnamed(each) for each in found], left=left, labels=labels))


@router.post("/unlabelled/{name}/{crop}/label", status_code=204, responses=HEADERS.done | responses(*_READ, UnfitLabel))
async def label_face(
    faces: FacesDep, _who: Editor, name: DataSetName, crop: contracts.CropId, body: contracts.FaceName
) -> Response:
    """Say whose face it is: it becomes a photo of the data set that has the set's name."""
    await faces.labelling.label(name, crop, _label(faces, body))
    return Response(status_code=204)


@router.post("/unlabelled/{name}/{crop}/reject", status_code=204, responses=HEADERS.done | responses(*_READ))
async def reject_face(faces: FacesDep, _who: Editor, name: DataSetName, crop: contracts.CropId) -> Response:
    """Lay a face aside: it is none, or of nobody who is to be known. It is kept under `rejected`."""
    await faces.labelling.reject(name, crop)
    return Response(status_code=204)


def _label(faces: Faces, body: contracts.FaceName) -> Label:
    model = faces.serving.current
    known = () if model is None else model.manifest.labels
    same = next((label for label in known if label.id == body.id), None)
    name = body.name or (same.name if same else body.id)
    return Label(body.id, name, same.keyword if same else None)


def _unnamed(found: Unnamed) -> contracts.UnnamedFace:
    said = found.recognition
    return contracts.UnnamedFace(
        id=found.id,
        picture=base64.b64encode(found.data).decode(),
        guesses=[]
        if said is None
        else [Guess(id=each.label.id, name=each.label.name, probability=each.probability) for each in said.guesses],
        unknown=said is not None and said.unknown,
    )
