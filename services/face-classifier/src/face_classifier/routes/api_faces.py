"""REST: faces in pictures."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from face_classifier.deps import FacesDep
from face_classifier.routes import converting
from face_classifier.routes.bodies import HEADERS, PICTURES_BODY, pictures_of
from face_classifier.routes.problems import UnreadablePicture
from genba_contracts import faces as contracts
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, TooManyRequests, UnsupportedMediaType, responses

router = APIRouter(prefix="/v1", tags=["faces"])


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
