"""REST: trainings, which take minutes: asked for, followed, cancelled. All of it takes an API key."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from face_classifier.core.jobs import Job, Milliseconds
from face_classifier.core.recipes import recipe_of
from face_classifier.core.training_requests import TrainingRequest
from face_classifier.deps import Editor, FacesDep
from face_classifier.routes.bodies import HEADERS, stream_of
from face_classifier.usecases.jobs import JobHasEnded, Jobs, NoSuchJob, TooManyJobs
from face_classifier.usecases.training_jobs import TRAINING, NoSuchDataSet, ask_for_training
from genba_contracts import faces_trainings as contracts
from genba_servicekit.answers import AnswerHeaders, Said, answer
from genba_servicekit.errors import BadRequest, Forbidden, Unauthorized, responses
from genba_servicekit.sse import Sse, sse_response

router = APIRouter(prefix="/v1", tags=["trainings"])

_READ: Final = (Unauthorized, Forbidden)
_MADE: Final[Said] = {
    202: {"headers": AnswerHeaders(location="/v1/trainings/5f1c0a9e71b2d3c4").started[202]["headers"]}
}
_STREAM: Final = stream_of("training", contracts.Training, "Events `training`, until it has ended.")


@router.get("/data-sets", response_model=contracts.DataSetList, responses=HEADERS.read | responses(*_READ))
async def list_data_sets(request: Request, faces: FacesDep, _who: Editor) -> Response:
    """List the data sets to learn from.

    They are folders under `data-sets` in the service's artifacts, filled by `face-classifier dataset import`.
    """
    found = await faces.trainings.data_sets()
    items = [contracts.DataSet(name=name, photos=count) for name, count in sorted(found.items())]
    return answer(request, contracts.DataSetList(items=items))


@router.post(
    "/trainings",
    status_code=202,
    response_model=contracts.Training,
    responses=_MADE | responses(BadRequest, *_READ, NoSuchDataSet, TooManyJobs),
)
async def train(request: Request, faces: FacesDep, _who: Editor, body: contracts.TrainingRequest) -> Response:
    """Have a model trained. It waits until those before it are done, and then takes minutes.

    What comes of it is kept as the next version of the model, and answers if `promote` says so.
    """
    recipe = recipe_of(body.settings.model_dump())
    wanted = TrainingRequest(body.data_set, body.name, recipe, promote=body.promote)
    job = await ask_for_training(faces.jobs, faces.trainings, wanted)
    return answer(request, _training(job), status=202, headers={"Location": f"/v1/trainings/{job.id}"})


@router.get("/trainings", response_model=contracts.TrainingList, responses=HEADERS.read | responses(*_READ))
async def list_trainings(request: Request, faces: FacesDep, _who: Editor) -> Response:
    """List the last trainings, the newest first."""
    return answer(request, contracts.TrainingList(items=[_training(job) for job in await faces.jobs.jobs(TRAINING)]))


@router.get(
    "/trainings/{training}",
    response_model=contracts.Training,
    responses=HEADERS.read | responses(BadRequest, *_READ, NoSuchJob),
)
async def get_training(request: Request, faces: FacesDep, _who: Editor, training: contracts.TrainingId) -> Response:
    """Get a training, and how far it is."""
    return answer(request, _training(await faces.jobs.job(TRAINING, training)))


@router.post(
    "/trainings/{training}/cancel",
    response_model=contracts.Training,
    responses=HEADERS.told | responses(BadRequest, *_READ, NoSuchJob, JobHasEnded),
)
async def cancel_training(request: Request, faces: FacesDep, _who: Editor, training: contracts.TrainingId) -> Response:
    """Have a training end: at once if it waits, within seconds if it runs."""
    return answer(request, _training(await faces.jobs.cancel(TRAINING, training)))


@router.get(
    "/trainings/{training}/events",
    response_class=Response,
    responses=_STREAM | responses(BadRequest, *_READ, NoSuchJob),
)
async def follow_training(faces: FacesDep, _who: Editor, training: contracts.TrainingId) -> Response:
    """Hear how far a training is each time that it has come further (server-sent events), until it has ended."""
    await faces.jobs.job(TRAINING, training)  # refused before the stream begins
    return sse_response(_events(faces.jobs, training))


async def _events(jobs: Jobs, training: str) -> AsyncIterator[Sse]:
    async with aclosing(jobs.follow(TRAINING, training)) as told:
        async for job in told:
            yield Sse(event="training", data=_training(job).model_dump_json())


def _training(job: Job) -> contracts.Training:
    settings: dict[str, Any] = {name: job.asked["recipe"][name] for name in contracts.TrainingSettings.model_fields}
    result = job.result or {}
    return contracts.Training(
        id=job.id,
        state=job.state.value,
        data_set=job.asked["data_set"],
        name=job.asked["name"],
        promote=job.asked["promote"],
        settings=contracts.TrainingSettings(**settings),
        created_at=moment(job.created_at),
        started_at=None if job.started_at is None else moment(job.started_at),
        ended_at=None if job.ended_at is None else moment(job.ended_at),
        progress=_progress(job),
        version=result.get("version"),
        top1=result.get("top1"),
        reason=job.reason,
    )


def _progress(job: Job) -> contracts.TrainingProgress | None:
    said = job.progress
    if said is None or "step" not in said:
        return None
    return contracts.TrainingProgress(
        step=said["step"],
        steps=said["steps"],
        loss=said["loss"],
        accuracy=said["accuracy"],
        images_per_second=round(said["rate"], 1),
        seconds_left=round(said["left"], 1),
    )


def moment(at: Milliseconds) -> datetime:
    """A point in time as it is told."""
    return datetime.fromtimestamp(at / 1000, UTC)
