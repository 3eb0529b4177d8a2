"""Trainings over REST: a whole one with the real trainer, and what is refused."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.faces.faces_world import World, faces_world, photo
from contract.refusals import problem_of
from face_classifier.adapters.photos import open_photos
from face_classifier.core.pictures import read_picture
from face_classifier.usecases.making import make_photos
from genba_client import AuthenticationError, ConflictError, FaceClient, NotFoundError, UnprocessableError
from genba_contracts.faces_trainings import Training, TrainingSettings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
SHORT = TrainingSettings(steps=10, batch=4, faces="whole", split="first-3")


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("faces")
    async with open_photos(str(folder / "faces/data-sets/tiny")) as store:
        await make_photos(store, people=2, photos=4, size=96, seed=3)
    async with faces_world(folder) as made:
        yield made


async def events(world: World, training: str) -> list[Training]:
    """What is told of a training until it has ended."""
    answer = await world.http.get(f"/v1/trainings/{training}/events", headers={"Authorization": f"Bearer {world.key}"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = answer.text.splitlines()
    assert {line for line in lines if line.startswith("event:")} == {"event: training"}
    return [Training.model_validate_json(line[6:]) for line in lines if line.startswith("data: ")]


async def test_a_model_is_trained_and_answers(tmp_path: Path, world: World) -> None:
    pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")
    assert [(each.name, each.photos) for each in (await world.client.data_sets()).items] == [("tiny", 8)]
    asked = await world.client.train("tiny", name="tiny", promote=True, settings=SHORT)
    assert asked.state == "queued"
    working = asyncio.create_task(world.faces.jobs.step())
    told = await events(world, asked.id)
    await working
    assert [each.state for each in told][-1] == "done"
    assert {each.state for each in told} <= {"queued", "running", "done"}
    last = told[-1]
    assert last.progress is not None
    assert (last.progress.step, last.progress.steps) == (10, 10)
    assert last.settings == SHORT
    assert last == await world.client.training(asked.id)
    assert next(each.id for each in (await world.client.trainings()).items) == asked.id
    model = next(each for each in (await world.client.models()).items if each.version == last.version)
    assert (model.promoted, model.answers, model.labels, model.top1) == (True, True, 2, last.top1)
    assert [label.name for label in (await world.client.labels()).items] == ["Aoi", "Ren"]
    kept = {path.name for path in (world.faces.settings.data_dir / f"faces/runs/{asked.id}").iterdir()}
    assert "report.html" in kept
    assert "model.keras" not in kept
    with pytest.raises(ConflictError, match="is done"):
        await world.client.cancel_training(asked.id)


async def test_a_model_that_was_trained_is_fooled(tmp_path: Path, world: World) -> None:
    pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")
    asked = await world.client.train("tiny", promote=True, settings=SHORT)
    await world.faces.jobs.step()
    version = (await world.client.training(asked.id)).version
    with pytest.raises(UnprocessableError, match="knows nobody “person-09”"):
        await world.client.make_optimal_inputs(["person-09"])
    with pytest.raises(UnprocessableError, match="no picture"):
        await world.client.make_optimal_inputs(["all"], photo=b"no photo")
    wanted = await world.client.make_optimal_inputs(["all"], photo=photo(), faces="whole", steps=20, probability=0.6)
    assert (wanted.state, wanted.version) == ("queued", version)
    await world.faces.jobs.step()
    made = await world.client.optimal_inputs(wanted.id)
    assert made.state == "done", made.reason
    assert made.progress is not None
    assert base64.b64decode(made.progress.picture or "")[:4] == b"\x89PNG"
    assert [each.id for each in made.results] == ["person-01", "person-02"]
    assert {"person-01.png", "person-02-compared.png", "all.png", "survival.svg", "result.json"} <= set(made.files)
    first = made.results[0]
    picture = read_picture(await world.client.optimal_input_file(made.id, first.files[0]))
    assert picture.shape == (112, 112, 3)
    with pytest.raises(NotFoundError):
        await world.client.optimal_input_file(made.id, "../../promoted.json")
    with pytest.raises(ConflictError):
        await world.client.cancel_optimal_inputs(made.id)
    assert [each.id for each in (await world.client.list_optimal_inputs()).items] == [made.id]


async def test_a_training_that_cannot_be_says_why(world: World) -> None:
    pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")
    asked = await world.client.train("tiny", settings=SHORT.model_copy(update={"kept_back": ["person-09"]}))
    await world.faces.jobs.step()
    failed = await world.client.training(asked.id)
    assert failed.state == "failed"
    assert failed.reason is not None
    assert "nobody 'person-09'" in failed.reason


async def test_a_training_that_waits_is_cancelled(world: World) -> None:
    asked = await world.client.train("tiny", settings=SHORT)
    assert (await world.client.cancel_training(asked.id)).state == "cancelled"
    assert [each.state for each in await events(world, asked.id)] == ["cancelled"]


async def test_what_is_not_there_is_said(world: World) -> None:
    with pytest.raises(UnprocessableError, match=r"no data set “idols”; there are drawn, tiny\."):
        await world.client.train("idols")
    with pytest.raises(NotFoundError):
        await world.client.training("0123456789abcdef")
    for path in ("/v1/trainings/0123456789abcdef/events", "/v1/trainings/up"):
        answer = await world.http.get(path, headers={"Authorization": f"Bearer {world.key}"})
        problem_of(answer, 404, 422)


async def test_a_photo_that_is_no_base64_is_refused(world: World) -> None:
    await world.add()
    for text in ("写真", "a", "%%%%"):
        body = {"targets": ["all"], "photo": text}
        answer = await world.http.post(
            "/v1/optimal-inputs", json=body, headers={"Authorization": f"Bearer {world.key}"}
        )
        assert problem_of(answer, 422).detail == "photo is no Base64"


async def test_trainings_take_a_key(world: World) -> None:
    stranger = FaceClient("http://faces.test", http_client=world.http, max_retries=0)
    with pytest.raises(AuthenticationError):
        await stranger.train("tiny")
    for path in ("/v1/trainings", "/v1/data-sets", "/v1/trainings/0123456789abcdef/events"):
        assert (await world.http.get(path)).status_code == 401
