"""What routes ask for, by name."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from face_classifier.ports_jobs import Trainings
from face_classifier.settings import FaceSettings
from face_classifier.usecases.following import Following
from face_classifier.usecases.jobs import Jobs
from face_classifier.usecases.labelling import Labelling
from face_classifier.usecases.looking import Looking
from face_classifier.usecases.recognizing import Recognizing
from face_classifier.usecases.registry import Registry
from face_classifier.usecases.serving import Serving
from face_classifier.usecases.uploading import Uploads
from genba_servicekit.auth import Principal, Role
from genba_servicekit.auth_http import Authenticator, require


@dataclass(frozen=True, slots=True)
class Faces:
    """The running service: its use cases, put together in `app.py`."""

    settings: FaceSettings
    authenticator: Authenticator
    uploads: Uploads
    looking: Looking
    serving: Serving
    following: Following
    recognizing: Recognizing
    registry: Registry
    jobs: Jobs
    trainings: Trainings
    labelling: Labelling


async def faces_of(request: Request) -> Faces:
    """The running service."""
    faces: Faces = request.app.state.faces
    return faces


FacesDep = Annotated[Faces, Depends(faces_of)]
Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
