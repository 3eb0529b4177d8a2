"""A face service, and photos of people who do not exist, for tests of its API."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from face_classifier.adapters import schema
from face_classifier.app import create_app
from face_classifier.core.drawn import draw
from face_classifier.core.people import traits_of, view_of
from face_classifier.core.pictures import write_png
from face_classifier.deps import Faces
from face_classifier.settings import FaceSettings
from faces_models import tiny_bundle
from genba_client import FaceClient
from genba_servicekit.api_keys import ApiKeys
from genba_servicekit.app import GenbaApp
from genba_servicekit.auth import Role
from genba_servicekit.database import Database
from genba_servicekit.testing import app_client, forks_of, running_service

COMMAND = "face-classifier"


@cache
def photo(person: int = 0, number: int = 0, size: int = 160) -> bytes:
    """A photo of a drawn person, as PNG: one face, about in the middle."""
    return write_png(draw(traits_of(7, person), view_of(7, person, number), size))


def settings_in(data: Path, **settings: object) -> FaceSettings:
    """Settings of a service that keeps everything in `data`."""
    quiet = {"redis_url": None, "access_log": False, "jobs": False, "first_model": False}
    return FaceSettings.model_validate({"data_dir": data, **quiet, **settings})


@dataclass(frozen=True, slots=True)
class World:
    """A service in this process, and who asks it."""

    app: GenbaApp
    http: httpx.AsyncClient
    client: FaceClient
    key: str

    @property
    def faces(self) -> Faces:
        """Its use cases."""
        faces: Faces = self.app.state.faces
        return faces

    async def add(self, *, classes: int = 3, seed: int = 0, promote: bool = True, drawn: bool = False) -> int:
        """Keep a model that was never trained; gives its number."""
        manifest, files = tiny_bundle(classes, seed=seed)
        version = await self.faces.registry.add(replace(manifest, drawn=drawn), files)
        if promote:
            await self.faces.registry.promote(version.number)
            await self.faces.following.follow()
        return version.number


@asynccontextmanager
async def faces_world(data: Path, *, model: bool = False, drawn: bool = False, **settings: Any) -> AsyncIterator[World]:
    """A service in this process; with `model`, two versions of a model, of which the second answers."""
    given = settings_in(data, **settings)
    key = await make_key(given)
    app = create_app(given)
    async with app_client(app, base_url="http://faces.test") as http:
        world = World(app, http, FaceClient("http://faces.test", api_key=key, http_client=http, max_retries=0), key)
        await world.faces.following.follow()  # as it does beside the requests, some milliseconds later
        for _ in range(2 if model else 0):
            await world.add(drawn=drawn)
        yield world


async def prepared(data: Path, *, drawn: bool = False) -> str:
    """Put two versions of a model there, of which the second answers; gives an API key."""
    async with faces_world(data, model=True, drawn=drawn) as world:
        return world.key


@contextmanager
def faces_server(data: Path, **settings: str) -> Iterator[str]:
    """A service behind a real socket, in a process of its own; gives its URL."""
    environment = {"GENBA_DATA_DIR": str(data), "GENBA_ACCESS_LOG": "false", "FACES_FIRST_MODEL": "false", **settings}
    with running_service([COMMAND, "serve"], environment, forks=forks_of(COMMAND)) as service:
        yield service.url


async def make_key(settings: FaceSettings, role: Role = Role.EDITOR) -> str:
    """An API key, as the command line makes it."""
    database = Database(settings.database, migrations="face_classifier.migrations")
    await database.start()
    try:
        return (await ApiKeys(database, schema.auth).create("tests", role))[1]
    finally:
        await database.stop()
