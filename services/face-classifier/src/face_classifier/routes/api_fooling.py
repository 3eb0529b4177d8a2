"""REST: optimal inputs, which take seconds to minutes: asked for, followed, looked at. All of it takes an API key."""

import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from face_classifier.core.fooling import Fooling
from face_classifier.core.fooling_requests import FoolingRequest
from face_classifier.core.jobs import Job
from face_classifier.deps import Editor, FacesDep
from face_classifier.routes.api_trainings import moment
from face_classifier.routes.bodies import HEADERS, stream_of
from face_classifier.usecases.following import ModelLoading, NoModel
from face_classifier.usecases.fooling_jobs import (
    FOOLING,
    NoSuchFile,
    NoSuchTarget,
    UnreadablePhoto,
    ask_for_inputs,
    file_of,
)
from face_classifier.usecases.jobs import JobHasEnded, Jobs, NoSuchJob, TooManyJobs
from genba_contracts import faces_fooling as contracts
from genba_servicekit.answers import AnswerHeaders, Said, answer
from genba_servicekit.errors import BadRequest, Forbidden, Unauthorized, responses
from genba_servicekit.sse import Sse, sse_response

router = APIRouter(prefix="/v1", tags=["optimal inputs"])

_READ: Final = (Unauthorized, Forbidden)
_MADE: Final[Said] = {
    202: {"headers": AnswerHeaders(location="/v1/optimal-inputs/6a0d4c1be29f3785").started[202]["headers"]}
}
_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml", ".json": "application/json"}
_FILE: Final[Said] = {
    200: {
        "content": {
            "image/png": {"schema": {"type": "string", "format": "binary"}, "example": "(a PNG file)"},
            "image/svg+xml": {"schema": {"type": "string"}, "example": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
            "application/json": {"schema": {"type": "object"}, "example": {"reached": 1, "targets": []}},
        },
        "description": "The file.",
        **HEADERS.told[200],
    }
}
_STREAM: Final = stream_of("optimal-inputs", contracts.OptimalInputs, "Events `optimal-inputs`, until they are made.")


@router.post(
    "/optimal-inputs",
    status_code=202,
    response_model=contracts.OptimalInputs,
    responses=_MADE | responses(BadRequest, *_READ, NoModel, ModelLoading, NoSuchTarget, UnreadablePhoto, TooManyJobs),
)
async def make_optimal_inputs(
    request: Request, faces: FacesDep, _who: Editor, body: contracts.OptimalInputsRequest
) -> Response:
    """Have pictures made that the model which answers takes for whom you say, of noise or of a photo.

    They wait until the jobs before them are done.
    """
    model = faces.following.need()
    photo = None if body.photo is None else _decoded(body.photo)
    fooling = Fooling(body.method, body.steps, body.probability, body.epsilon)
    targets = tuple(dict.fromkeys(body.targets))
    wanted = FoolingRequest(int(model.version), targets, fooling, body.faces, body.seed, photo=photo is not None)
    job = await ask_for_inputs(faces.jobs, faces.trainings, wanted, model.manifest, photo)
    return answer(request, _inputs(job), status=202, headers={"Location": f"/v1/optimal-inputs/{job.id}"})


@router.get("/optimal-inputs", response_model=contracts.OptimalInputsList, responses=HEADERS.read | responses(*_READ))
async def list_optimal_inputs(request: Request, faces: FacesDep, _who: Editor) -> Response:
    """List the last optimal inputs, the newest first."""
    return answer(request, contracts.OptimalInputsList(items=[_inputs(job) for job in await faces.jobs.jobs(FOOLING)]))


@router.get(
    "/optimal-inputs/{job}",
    response_model=contracts.OptimalInputs,
    responses=HEADERS.read | responses(BadRequest, *_READ, NoSuchJob),
)
async def get_optimal_inputs(request: Request, faces: FacesDep, _who: Editor, job: contracts.JobId) -> Response:
    """Get optimal inputs, and how far they are, with a picture on the way."""
    return answer(request, _inputs(faces.jobs.live(await faces.jobs.job(FOOLING, job))))


@router.post(
    "/optimal-inputs/{job}/cancel",
    response_model=contracts.OptimalInputs,
    responses=HEADERS.told | responses(BadRequest, *_READ, NoSuchJob, JobHasEnded),
)
async def cancel_optimal_inputs(request: Request, faces: FacesDep, _who: Editor, job: contracts.JobId) -> Response:
    """Have it end: at once if it waits, within seconds if it runs."""
    return answer(request, _inputs(await faces.jobs.cancel(FOOLING, job)))


@router.get(
    "/optimal-inputs/{job}/events",
    response_class=Response,
    responses=_STREAM | responses(BadRequest, *_READ, NoSuchJob),
)
async def follow_optimal_inputs(faces: FacesDep, _who: Editor, job: contracts.JobId) -> Response:
    """Hear how far it is, with a picture on the way (server-sent events), until it has ended."""
    await faces.jobs.job(FOOLING, job)  # refused before the stream begins
    return sse_response(_events(faces.jobs, job))


@router.get(
    "/optimal-inputs/{job}/files/{name}",
    response_class=Response,
    responses=_FILE | responses(BadRequest, *_READ, NoSuchJob, NoSuchFile),
)
async def get_optimal_input_file(
    faces: FacesDep,
    _who: Editor,
    job: contracts.JobId,
    name: Annotated[str, Path(max_length=100, description="The file's name.", examples=["aoi.png"])],
) -> Response:
    """Get a file that was made: the pictures as PNG, which loses nothing, and what became of them as SVG and JSON."""
    data = await file_of(faces.jobs, faces.trainings, job, name)
    kind = next((kind for suffix, kind in _TYPES.items() if name.endswith(suffix)), "application/octet-stream")
    headers = {"Cache-Control": "private, max-age=86400"}
    if kind == _TYPES[".svg"]:
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return Response(data, media_type=kind, headers=headers)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error, and what says that it is not even ASCII
        raise UnreadablePhoto("photo is no Base64") from error


async def _events(jobs: Jobs, job_id: str) -> AsyncIterator[Sse]:
    async with aclosing(jobs.follow(FOOLING, job_id)) as told:
        async for job in told:
            yield Sse(event="optimal-inputs", data=_inputs(job).model_dump_json())


def _inputs(job: Job) -> contracts.OptimalInputs:
    result, asked = job.result or {}, job.asked
    return contracts.OptimalInputs(
        id=job.id,
        state=job.state.value,
        targets=asked["targets"],
        method=asked["method"],
        version=asked["version"],
        created_at=moment(job.created_at),
        started_at=None if job.started_at is None else moment(job.started_at),
        ended_at=None if job.ended_at is None else moment(job.ended_at),
        progress=None if job.progress is None else contracts.OptimalInputsProgress(**job.progress),
        results=[_result(row) for row in result.get("targets", ())],
        files=result.get("files", []),
        reason=job.reason,
    )


def _result(row: dict[str, Any]) -> contracts.OptimalInput:
    fields = {name: row[name] for name in contracts.OptimalInput.model_fields if name in row}
    return contracts.OptimalInput(**fields, files=[row["file"], f"{row['id']}-compared.png"])
