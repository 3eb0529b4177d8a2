"""Optimal inputs that the service makes: asked for, made by the command line in a process of its own, kept as files."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import anyio.to_thread

from face_classifier.core.bundles import Manifest
from face_classifier.core.fooling_requests import FoolingRequest, fooling_request_of, fooling_words
from face_classifier.core.jobs import Job
from face_classifier.core.pictures import PictureError, read_picture, write_png
from face_classifier.ports_jobs import Programs, Told, Trainings, WorkError
from face_classifier.usecases.jobs import Jobs
from genba_servicekit.errors import NotFound, UnprocessableContent

FOOLING: Final = "optimal-inputs"
PHOTO: Final = "photo.png"
EVERYBODY: Final = "all"


class NoSuchTarget(UnprocessableContent):
    """The model does not know somebody whom it is to see."""

    title = "The model knows no such target"
    example = "The model knows nobody “aio”; GET /v1/labels lists whom it knows."


class UnreadablePhoto(UnprocessableContent):
    """What it is to begin with is no photo."""

    title = "The photo cannot be read"
    example = "no picture in JPEG, PNG, WebP or PGM"


class NoSuchFile(NotFound):
    """There is no file of this name."""

    title = "There is no such file"
    example = "There is no file “aoi.png”."


class FoolingWork:
    """Fulfils `ports_jobs.Work`.

    Args:
        programs: does it.
        places: where models are, and where files go.
    """

    def __init__(self, programs: Programs, places: Trainings) -> None:
        self._programs, self._places = programs, places

    async def run(self, job: Job, told: Told) -> Mapping[str, Any]:
        """See Work."""
        asked = fooling_request_of(job.asked)
        model, out = self._places.version_url(asked.version), self._places.run_url(job.id)
        done: dict[str, Any] = {}

        def hear(said: Mapping[str, Any]) -> None:
            if "done" in said:
                done.update(said["done"])
            else:
                told(said)

        with tempfile.TemporaryDirectory(prefix="face-") as folder:
            photo = None
            if asked.photo:
                path = Path(folder) / PHOTO
                await anyio.to_thread.run_sync(path.write_bytes, await self._photo(job))
                photo = str(path)
            try:
                await self._programs.run(fooling_words(asked, model, out, photo), hear)
            except WorkError:
                if not done:  # else it has done what it could, and one of the targets was not reached
                    raise
        return {"targets": done["targets"], "files": await self._places.files(job.id)}

    async def _photo(self, job: Job) -> bytes:
        data = await self._places.file(job.id, PHOTO)
        if data is None:
            raise WorkError("the photo is not there any more")
        return data


async def ask_for_inputs(
    jobs: Jobs, places: Trainings, request: FoolingRequest, manifest: Manifest, photo: bytes | None
) -> Job:
    """Have pictures made that the model takes for whom the request says.

    Raises:
        NoSuchTarget: the model does not know somebody.
        UnreadablePhoto: it is none.
        TooManyJobs: a hundred jobs wait.
    """
    known = {label.id for label in manifest.labels} | {EVERYBODY}
    if unknown := [target for target in request.targets if target not in known]:
        raise NoSuchTarget(f"The model knows nobody “{unknown[0]}”; GET /v1/labels lists whom it knows.")
    data = None
    if photo is not None:
        try:
            picture = await anyio.to_thread.run_sync(read_picture, photo)
        except PictureError as error:
            raise UnreadablePhoto(str(error)) from error
        data = await anyio.to_thread.run_sync(write_png, picture)
    job = jobs.prepared(FOOLING, request.as_json())
    if data is not None:
        await places.put_file(job.id, PHOTO, data)
    await jobs.add(job)
    return job


async def file_of(jobs: Jobs, places: Trainings, job_id: str, name: str) -> bytes:
    """A file that was made. Raises NoSuchJob, NoSuchFile."""
    job = await jobs.job(FOOLING, job_id)
    data = await places.file(job.id, name) if name in (job.result or {}).get("files", ()) else None
    if data is None:
        raise NoSuchFile(f"There is no file “{name[:80]}”.")
    return data
