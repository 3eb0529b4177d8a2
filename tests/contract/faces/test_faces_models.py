"""Versions of the model: recognising with them, listing them, and having another answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from contract.faces.faces_world import World, faces_world, photo
from contract.refusals import problem_of
from face_classifier.core.bundles import ONNX
from face_classifier.core.promotions import Promotions
from face_classifier.usecases.looking import Given, Seen
from face_classifier.usecases.registry import UnusableVersion
from faces_models import tiny_bundle
from genba_client import ConflictError, NotFoundError, UnprocessableError
from genba_servicekit.objects import FolderStore

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with faces_world(tmp_path_factory.mktemp("faces"), model=True) as made:
        yield made


async def ready(world: World) -> str:
    """What /readyz says of the model."""
    said: str = (await world.http.get("/readyz")).json()["checks"]["model"]["detail"]
    return said


async def test_faces_are_recognised_as_the_network_says(world: World) -> None:
    answer = await world.client.recognize([photo(), photo(4)], top=2)
    assert (answer.version, answer.drawn) == (2, False)
    model = world.faces.following.need()
    (seen,) = await world.faces.looking.look([Given(None, photo())], crops=True)
    assert isinstance(seen, Seen)
    assert seen.crops is not None
    logits, embedding = model.runtime.run(np.asarray(seen.crops / 255, np.float32))
    odds = np.exp(logits[0] - logits[0].max())
    odds /= odds.sum()
    (face,) = answer.pictures[0].faces
    assert [guess.id for guess in face.guesses] == [f"label-{at}" for at in np.argsort(-odds)[:2]]
    assert [guess.probability for guess in face.guesses] == pytest.approx(sorted(odds, reverse=True)[:2], abs=1e-4)
    unit = embedding[0] / np.linalg.norm(embedding[0])
    assert face.distance == pytest.approx(1 - unit.max(), abs=1e-4)
    assert len(answer.pictures[1].faces) == 1


async def test_labels_and_versions_are_listed(world: World) -> None:
    labels = await world.client.labels()
    assert [label.name for label in labels.items] == ["Label 0", "Label 1", "Label 2"]
    models = (await world.client.models()).items
    assert [(model.version, model.promoted, model.answers) for model in models] == [(2, True, True), (1, False, False)]


async def test_a_version_answers_as_soon_as_it_is_promoted_and_another_after_a_rollback(tmp_path: Path) -> None:
    async with faces_world(tmp_path) as world:
        await world.faces.following.follow()
        assert await ready(world) == "none was promoted yet"
        with pytest.raises(ConflictError):
            await world.client.recognize([photo()])
        with pytest.raises(ConflictError):
            await world.client.rollback()
        for classes in (2, 3):
            await world.add(classes=classes, promote=False)
        with pytest.raises(ConflictError):
            await world.client.labels()
        assert (await world.client.promote(1)).answers
        assert await ready(world) == "version 1"
        assert (await world.client.promote(2)).answers
        assert len((await world.client.labels()).items) == 3
        assert (await world.client.rollback()).version == 1
        assert len((await world.client.labels()).items) == 2
        with pytest.raises(ConflictError, match="first"):
            await world.client.rollback()
        with pytest.raises(NotFoundError):
            await world.client.promote(3)


async def test_who_has_no_key_changes_nothing(world: World) -> None:
    for path, body in (("/v1/models:promote", {"version": 1}), ("/v1/models:rollback", None)):
        problem_of(await world.http.post(path, json=body), 401)
    assert (await world.client.models()).items[0].promoted


async def test_a_version_that_is_not_what_its_manifest_says_never_answers(tmp_path: Path) -> None:
    async with faces_world(tmp_path) as world:
        await world.add()
        await world.add(promote=False)
        store = FolderStore(tmp_path / "faces")
        await store.put(f"versions/0002/{ONNX}", b"evil")
        with pytest.raises(UnprocessableError, match="is not the file"):
            await world.client.promote(2)
        # whoever writes it into the artifacts past the registry has no more luck
        await world.faces.following._versions.put_promotions(Promotions((1, 2)))
        await world.faces.following.follow()
        assert (await world.client.recognize([photo()])).version == 1
        assert "version 2 cannot be used" in await ready(world)
        await world.client.promote(1)
        assert await ready(world) == "version 1"


async def test_a_service_whose_only_model_cannot_be_used_says_so(tmp_path: Path) -> None:
    async with faces_world(tmp_path) as world:
        await world.add()
    await FolderStore(tmp_path / "faces").put(f"versions/0001/{ONNX}", b"evil")
    async with faces_world(tmp_path) as world:
        await world.faces.following.follow()
        unready = problem_of(await world.http.get("/readyz"), 503)
        assert "version 1 cannot be used" in (unready.detail or "")
        problem_of(await world.http.post("/v1/faces:recognize", files={"picture": photo()}), 503)
        assert len((await world.client.detect([photo()])).pictures[0].faces) == 1


async def test_two_who_add_at_once_have_two_numbers(world: World) -> None:
    versions = world.faces.following._versions
    numbers = await asyncio.gather(*(versions.add(*tiny_bundle()) for _ in range(6)))
    assert len(set(numbers)) == 6
    assert set(numbers) <= set(await versions.numbers())


async def test_a_model_without_what_it_needs_is_not_kept(world: World) -> None:
    manifest, files = tiny_bundle()
    with pytest.raises(UnusableVersion):
        await world.faces.registry.add(manifest, {ONNX: files[ONNX]})


async def test_no_request_fails_or_is_mixed_up_while_models_change(tmp_path: Path) -> None:
    async with faces_world(tmp_path) as world:
        for seed in range(4):
            await world.add(classes=2 + seed, seed=seed, promote=False)
        await world.client.promote(1)
        stop = asyncio.Event()
        answers = []

        async def ask() -> None:
            while not stop.is_set():
                answers.append(await world.client.recognize([photo()], top=100))

        askers = [asyncio.create_task(ask()) for _ in range(3)]
        for number in (2, 3, 4, 1, 3):
            await world.client.promote(number)
            await asyncio.sleep(0.1)
        stop.set()
        await asyncio.gather(*askers)
        for answer in answers:
            assert len(answer.pictures[0].faces[0].guesses) == answer.version + 1
        assert len({answer.version for answer in answers}) > 2
