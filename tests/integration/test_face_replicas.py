"""Two processes of the face service: what is promoted in one answers in both, and no request fails meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from contract.faces.faces_world import faces_world, photo, settings_in
from face_classifier.adapters.versions import Versions
from faces_models import tiny_bundle
from genba_client import FaceClient
from genba_servicekit.objects import open_store
from genba_servicekit.redis_server import RedisServer
from genba_servicekit.testing import forks_of, running_service, until

COMMAND = "face-classifier"


@pytest.fixture
async def key(tmp_path: Path) -> str:
    """An API key; beside it five versions of a model, of which the first answers. Version n knows n + 1 people."""
    async with faces_world(tmp_path) as world:
        for number in range(1, 6):
            await world.add(classes=number + 1, seed=number, promote=number == 1)
        return world.key


@pytest.fixture
async def clients(tmp_path: Path, key: str, redis: RedisServer) -> AsyncIterator[list[FaceClient]]:
    """Clients of two processes that share data, artifacts and Redis, and look for promotions once a minute."""
    env = {
        "GENBA_DATA_DIR": str(tmp_path),
        "GENBA_REDIS_URL": redis.url,
        "GENBA_ACCESS_LOG": "false",
        "FACES_FOLLOW_POLL": "60",
        "FACES_FIRST_MODEL": "false",
        "FACES_JOBS": "false",
    }
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            service = stack.enter_context(running_service([COMMAND, "serve"], env, forks=forks_of(COMMAND)))
            client = FaceClient(service.url, api_key=key, max_retries=0)
            found.append(await stack.enter_async_context(client))
        for client in found:
            await answering(client, 1)
        yield found


async def answering(client: FaceClient, version: int) -> None:
    """Wait until this version answers there."""
    async with asyncio.timeout(20):
        while True:
            if version in {model.version for model in (await client.models()).items if model.answers}:
                return
            await asyncio.sleep(0.02)


@dataclass(slots=True)
class Asker:
    """Asks without a pause."""

    client: FaceClient
    answers: list[int] = field(default_factory=list)

    async def ask(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            answer = await self.client.recognize([photo()], top=100)
            assert len(answer.pictures[0].faces[0].guesses) == answer.version + 1
            self.answers.append(answer.version)


async def test_a_promotion_reaches_every_process_and_fails_no_request(clients: list[FaceClient]) -> None:
    stop = asyncio.Event()
    askers = [Asker(client) for client in clients for _ in range(2)]
    asking = [asyncio.create_task(asker.ask(stop)) for asker in askers]
    for number in (2, 3, 4, 5):
        promoted = await clients[number % 2].promote(number)
        assert promoted.answers
        for client in clients:
            await answering(client, number)
    assert (await clients[0].rollback()).version == 4
    for client in clients:
        await answering(client, 4)
    stop.set()
    await asyncio.gather(*asking)
    for asker in askers:
        assert asker.answers
        assert set(asker.answers) <= {1, 2, 3, 4, 5}


async def test_without_redis_a_promotion_is_seen_when_one_looks(tmp_path: Path, key: str) -> None:
    assert key
    async with faces_world(tmp_path, follow_poll=0.1) as world:
        async with open_store(settings_in(tmp_path).artifacts) as store:
            versions = Versions(store)
            await versions.put_promotions((await versions.promotions()).promote(3))
        await until(lambda: world.faces.following.answering == 3)


@pytest.fixture
def s3_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of an S3 double."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    httpx.put(f"http://{host}:{port}/faces", trust_env=False).raise_for_status()
    yield "s3://faces"
    server.stop()


async def test_versions_are_kept_in_s3_as_in_a_folder(s3_url: str) -> None:
    async with open_store(f"{s3_url}/models") as store:
        versions = Versions(store)
        assert await versions.numbers() == []
        manifest, files = tiny_bundle()
        assert (
            sorted(await asyncio.gather(*(versions.add(manifest, files) for _ in range(3)))) == await versions.numbers()
        )
        last = (await versions.numbers())[-1]
        kept, read = await versions.bundle(last, list(files))
        assert (kept.labels, read) == (manifest.labels, dict(files))
        await versions.put_promotions((await versions.promotions()).promote(last))
        assert (await versions.promotions()).current == last
