"""Trainings that the service does: asked for, done by the command line in a process of its own, kept as a version."""

from collections.abc import Mapping
from typing import Any, Final

from face_classifier.core.bundles import BundleError, Manifest
from face_classifier.core.jobs import Job
from face_classifier.core.recipes import Recipe
from face_classifier.core.training_requests import (
    DRAWN,
    TrainingRequest,
    drawing_words,
    training_request_of,
    training_words,
)
from face_classifier.ports_jobs import ModelSink, Programs, Told, Trainings, WorkError
from face_classifier.usecases.following import Following
from face_classifier.usecases.jobs import Jobs
from face_classifier.usecases.registry import Registry
from genba_servicekit.errors import UnprocessableContent

TRAINING: Final = "training"
FIRST_STEPS: Final = 300
"""Of the first model: ten drawn people are told apart after 200."""


class NoSuchDataSet(UnprocessableContent):
    """There are no photos to learn from."""

    title = "There is no such data set"
    example = "There is no data set “idols”; there are drawn."


class RegistrySink:
    """Fulfils `ports_jobs.ModelSink`: models become versions of the registry."""

    def __init__(self, registry: Registry, following: Following) -> None:
        self._registry, self._following = registry, following

    async def add(self, manifest: Manifest, files: Mapping[str, bytes], *, promote: bool) -> int:
        """See ModelSink."""
        version = await self._registry.add(manifest, files)
        if promote:
            await self._registry.promote(version.number)
            await self._following.follow()
        return version.number


class TrainingWork:
    """Fulfils `ports_jobs.Work`.

    Args:
        programs: does it.
        trainings: where the photos are, and what comes of it.
        models: where the model goes.
    """

    def __init__(self, programs: Programs, trainings: Trainings, models: ModelSink) -> None:
        self._programs, self._trainings, self._models = programs, trainings, models

    async def run(self, job: Job, told: Told) -> Mapping[str, Any]:
        """See Work. A job that was cut off goes on from its run's last checkpoint."""
        asked = training_request_of(job.asked)
        data_set = self._trainings.data_set_url(asked.data_set)
        if asked.data_set == DRAWN and not await self._trainings.photos(DRAWN):
            await self._programs.run(drawing_words(data_set), told)
        words = training_words(asked, data_set, self._trainings.run_url(job.id))
        await self._programs.run(words, lambda said: None if "done" in said else told(said))
        try:
            manifest, files = await self._trainings.model(job.id)
        except BundleError as error:
            raise WorkError(f"the training made no model: {error}") from error
        version = await self._models.add(manifest, files, promote=asked.promote)
        await self._trainings.forget(job.id)
        return {"version": version, "top1": manifest.metrics.get("top1")}


async def ask_for_training(jobs: Jobs, trainings: Trainings, request: TrainingRequest) -> Job:
    """Have a model trained.

    Raises:
        NoSuchDataSet: there are no photos of that name.
        TooManyJobs: a hundred jobs wait.
    """
    if request.data_set != DRAWN and not await trainings.photos(request.data_set):
        names = ", ".join([DRAWN, *(name for name in await trainings.data_sets() if name != DRAWN)])
        raise NoSuchDataSet(f"There is no data set “{request.data_set}”; there are {names}.")
    return await jobs.submit(TRAINING, request.as_json())


async def in_the_works(jobs: Jobs) -> Job | None:
    """The training that runs or waits, with its last progress; None if there is none."""
    return next((jobs.live(job) for job in await jobs.jobs(TRAINING) if not job.ended), None)


async def ask_for_first(jobs: Jobs) -> Job | None:
    """Where there is no model yet, have a small one trained on people who do not exist; None if one is in the works."""
    if await in_the_works(jobs) is not None:
        return None
    recipe = Recipe(steps=FIRST_STEPS)
    return await jobs.submit(TRAINING, TrainingRequest(DRAWN, "drawn", recipe, promote=True).as_json())
