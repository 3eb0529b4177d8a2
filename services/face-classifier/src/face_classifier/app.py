"""The face service as an application: settings, adapters, use cases, routes."""

import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import anyio.to_thread

from face_classifier.adapters import schema
from face_classifier.adapters.crops import Crops
from face_classifier.adapters.fetching import UrlPictures
from face_classifier.adapters.herald import SOURCE, OutboxHerald, TrainingHerald
from face_classifier.adapters.jobs import Jobs as JobStore
from face_classifier.adapters.neighbours import Neighbours
from face_classifier.adapters.programs import OwnCommands
from face_classifier.adapters.trainings import ServiceTrainings
from face_classifier.adapters.versions import Versions
from face_classifier.core.bundles import Manifest
from face_classifier.core.datasets import DataSetError
from face_classifier.core.pictures import BYTES
from face_classifier.deps import Faces
from face_classifier.events import follow_promotions
from face_classifier.ports import FaceDetector, Runtime
from face_classifier.ports_jobs import Work
from face_classifier.routes import api, openinference, pages, pages_label, pages_static, protocols
from face_classifier.settings import FaceSettings
from face_classifier.usecases.batching import Batcher
from face_classifier.usecases.following import Following
from face_classifier.usecases.fooling_jobs import FOOLING, FoolingWork
from face_classifier.usecases.jobs import Jobs
from face_classifier.usecases.labelling import Labelling
from face_classifier.usecases.looking import Looking
from face_classifier.usecases.recognizing import Recognizing
from face_classifier.usecases.registry import Registry
from face_classifier.usecases.serving import Serving
from face_classifier.usecases.training_jobs import TRAINING, RegistrySink, TrainingWork, ask_for_first
from face_classifier.usecases.uploading import Uploads
from genba_client import TimetableClient, WikiClient
from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.auth_http import Authenticator
from genba_servicekit.bus import EventBus
from genba_servicekit.cli import fail
from genba_servicekit.database import Database
from genba_servicekit.health import Check
from genba_servicekit.objects import open_store
from genba_servicekit.outbox import OutboxRelay
from genba_servicekit.settings import ServiceSpec
from genba_servicekit.tasks import every, run_beside, run_forever
from genba_servicekit.upstream import Upstream

DESCRIPTION: Final = """\
Where faces are in pictures, and whose they are.

Pictures are sent as files in a form, or as JSON, in Base64 or by their URLs; none of them is kept.
"""
KEY_CACHE_MS: Final = 5_000
"""How long an API key that was revoked may go on opening things."""


def create_app(settings: FaceSettings) -> GenbaApp:
    """The whole service."""
    database = Database(settings.database, migrations="face_classifier.migrations", read_threads=settings.read_threads)
    bus = EventBus(settings.redis_url, SOURCE)
    if settings.detector_model is not None:
        _check(settings.detector_model)

    following: list[Following] = []

    async def check_model() -> str:
        return await following[0].check()

    @asynccontextmanager
    async def lifespan(app: GenbaApp) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            await database.start()
            stack.push_async_callback(database.stop)
            app.state.faces = faces = await _start(settings, database, bus, stack)
            following.append(faces.following)
            app.state.authenticator = faces.authenticator
            yield {}

    app = build_app(
        settings=settings,
        title="face-classifier",
        description=DESCRIPTION,
        version=version("face-classifier"),
        tags=api.TAGS,
        lifespan=lifespan,
        routers=[pages.router, pages_label.router, *api.ROUTERS],
        hot=pages_static.hot_read,
        html_errors=pages.error_page,
        own_errors=protocols.own_errors,
        direct=openinference.direct,
        body_limits=dict.fromkeys(("/look", "/v1/faces:", "/v1/models/", "/v2/"), settings.upload_limit),
        checks=[
            Check("database", database.ping),
            Check("model", check_model),
            Check("events", bus.check, required=False),
        ],
    )
    protocols.handle_tensor_errors(app)
    return app


async def _start(settings: FaceSettings, database: Database, bus: EventBus, stack: AsyncExitStack) -> Faces:
    """Adapters, then use cases, then what runs beside the requests."""
    upstream = Upstream(
        allow=settings.fetch_networks, ports=settings.fetch_ports, timeout=settings.fetch_timeout, limit=BYTES
    )
    stack.push_async_callback(upstream.close)
    detector = await anyio.to_thread.run_sync(_detector, settings.detector_model)
    looking = Looking(detector, UrlPictures(upstream), threads=settings.picture_threads, room=settings.pictures_waiting)
    store = await stack.enter_async_context(open_store(settings.artifacts))
    versions = Versions(store)
    serving = _serving(settings, stack)
    following = Following(versions, partial(_open_runtime, settings.runtime_threads), serving)
    follow_promotions(bus, following)
    run_beside(stack, every(settings.follow_poll, following.follow, name="follow which model answers", at_once=True))
    registry = Registry(versions, OutboxHerald(database))
    trainings = ServiceTrainings(store, settings.artifacts)
    works: dict[str, Work] = {
        TRAINING: TrainingWork(OwnCommands(), trainings, RegistrySink(registry, following)),
        FOOLING: FoolingWork(OwnCommands(), trainings),
    }
    jobs = _jobs(database, bus, works)
    relay = OutboxRelay(database, schema.outbox, bus)
    await bus.start()
    stack.push_async_callback(bus.stop)
    await relay.start()
    stack.push_async_callback(relay.stop)
    if settings.jobs:
        run_beside(stack, run_forever(jobs.step, name="do what takes minutes"))
        if settings.first_model and not await versions.numbers():
            await ask_for_first(jobs)
    return Faces(
        settings=settings,
        authenticator=Authenticator(
            database, schema.auth, SessionCache(ttl=KEY_CACHE_MS), cookie=settings.session_cookie
        ),
        uploads=Uploads(settings.upload_memory),
        looking=looking,
        serving=serving,
        following=following,
        recognizing=Recognizing(looking, _neighbours(settings, stack), within=settings.answer_timeout),
        registry=registry,
        jobs=jobs,
        trainings=trainings,
        labelling=Labelling(Crops(store), within=settings.answer_timeout),
    )


def _neighbours(settings: FaceSettings, stack: AsyncExitStack) -> Neighbours:
    wiki = timetable = None
    if settings.wiki_url is not None:
        wiki = WikiClient(settings.wiki_url), settings.wiki_url
        stack.push_async_callback(wiki[0].aclose)
    if settings.timetable_url is not None:
        timetable = TimetableClient(settings.timetable_url), settings.timetable_url
        stack.push_async_callback(timetable[0].aclose)
    neighbours = Neighbours(wiki, timetable)
    stack.push_async_callback(neighbours.stop)
    return neighbours


def _jobs(database: Database, bus: EventBus, works: Mapping[str, Work]) -> Jobs:
    return Jobs(
        JobStore(database),
        works,
        now=lambda: time.time_ns() // 1_000_000,
        holder=f"{socket.gethostname()}-{os.getpid()}",
        host=socket.gethostname(),
        listener=TrainingHerald(bus).goes_on,
    )


def _serving(settings: FaceSettings, stack: AsyncExitStack) -> Serving:
    batcher = Batcher(
        workers=settings.runtime_workers or os.cpu_count() or 1,
        capacity=settings.photos_waiting,
        largest=settings.batch_photos,
        longest_delay=settings.batch_delay,
    )
    serving = Serving(batcher, decoders=settings.picture_threads, within=settings.answer_timeout)
    stack.push_async_callback(serving.stop)
    return serving


def _open_runtime(threads: int, manifest: Manifest, files: Mapping[str, bytes]) -> Runtime:
    from face_classifier.adapters.runtime import open_runtime  # noqa: PLC0415  (ONNX Runtime takes 0.2 s)

    return open_runtime(manifest, files, threads=threads)


def _check(model: Path) -> None:
    """End the command with a line if this finds no faces."""
    if not model.is_file():
        fail(f"FACES_DETECTOR_MODEL: there is no file {model}")
    try:
        _detector(model)
    except DataSetError as error:
        fail(f"FACES_DETECTOR_MODEL: {error}")


def _detector(model: Path | None) -> FaceDetector:
    from face_classifier.adapters.detectors import open_detectors  # noqa: PLC0415  (OpenCV takes 0.2 s)

    return open_detectors(model)


service = ServiceSpec(
    name=SOURCE,
    command=SOURCE,
    default_port=8003,
    settings=FaceSettings,
    app=create_app,
    neighbours={"FACES_WIKI_URL": "wiki-linker", "FACES_TIMETABLE_URL": "timetable-renderer"},
)
