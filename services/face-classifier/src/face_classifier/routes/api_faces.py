"""REST: faces in pictures."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from face_classifier.deps import FacesDep
from face_classifier.routes import converting
from face_classifier.routes.bodies import HEADERS, PICTURES_BODY, pictures_of
from face_classifier.routes.problems import UnreadablePicture
from face_classifier.usecases.batching import ModelBusy, OutOfTime
from face_classifier.usecases.following import ModelLoading, NoModel
from genba_contracts import faces as contracts
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, TooManyRequests, UnsupportedMediaType, responses

router = APIRouter(prefix="/v1", tags=["faces"])

Top = Annotated[
    int, Query(ge=1, le=contracts.TOP_MAX, description="Guesses of each face, the likeliest.", examples=[3])
]


@router.post(
    "/faces:detect",
    response_model=contracts.DetectedPictures,
    responses=HEADERS.told | responses(BadRequest, UnsupportedMediaType, UnreadablePicture, TooManyRequests),
    openapi_extra=PICTURES_BODY,
)
async def detect_faces(request: Request, faces: FacesDep) -> Response:
    """Find the faces in pictures.

    Pictures are files in a form (one or many), or JSON with each in Base64 or by its URL. A picture that cannot be read
    has a `problem` in its place; where none can be read, the request is refused. Pictures have at most 25 million
    pixels and 32 MiB, and do not move.
    """
    async with pictures_of(request, faces) as given:
        found = await faces.looking.look(given)
    converting.need_one(given, found)
    return answer(request, converting.detected_pictures(given, found))


@router.post(
    "/faces:recognize",
    response_model=contracts.RecognizedPictures,
    responses=HEADERS.told
    | responses(
        BadRequest,
        NoModel,
        UnsupportedMediaType,
        UnreadablePicture,
        TooManyRequests,
        ModelBusy,
        ModelLoading,
        OutOfTime,
    ),
    openapi_extra=PICTURES_BODY,
)
async def recognize_faces(request: Request, faces: FacesDep, top: Top = contracts.TOP_DEFAULT) -> Response:
    """Say whose faces are in pictures.

    Pictures are sent as for `detect`. Each face has the likeliest people with calibrated probabilities, how far it is
    from the nearest of them, and whether it is taken for nobody whom the model knows.
    """
    model = faces.following.need()
    async with pictures_of(request, faces) as given:
        found = await faces.recognizing.recognize(model, given, top=top)
    converting.need_one(given, found)
    return answer(request, converting.recognized_pictures(model, given, found))
