"""Giving names to faces over REST: the least sure first, and what becomes of them."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.faces.faces_world import World, faces_world, photo
from face_classifier.adapters.photos import open_photos
from face_classifier.core.datasets import Label
from face_classifier.core.material import whole
from face_classifier.core.pictures import read_picture, write_png
from genba_client import AuthenticationError, FaceClient, NotFoundError, UnprocessableError

pytestmark = pytest.mark.anyio
CROPS = 7


def cut(person: int) -> bytes:
    """A face that was cut out."""
    return write_png(whole(read_picture(photo(person))))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    folder = tmp_path / "faces/unlabelled/summer"
    folder.mkdir(parents=True)
    for person in range(CROPS):
        (folder / f"encore-{person}.png").write_bytes(cut(person))
    (folder / "torn.png").write_bytes(b"\x89PNG")
    async with faces_world(tmp_path, model=True) as made:
        yield made


async def test_faces_come_the_least_sure_first_with_guesses(world: World) -> None:
    assert [(each.name, each.faces) for each in (await world.client.unlabelled()).items] == [("summer", CROPS + 1)]
    found = await world.client.next_unlabelled("summer", limit=50)
    assert found.left == CROPS + 1
    assert [label.id for label in found.labels] == ["label-0", "label-1", "label-2"]
    sure = [face.guesses[0].probability for face in found.items[:-1]]
    assert sure == sorted(sure)
    assert all(len(face.guesses) == 3 for face in found.items[:-1])
    assert (found.items[-1].id, found.items[-1].guesses) == ("torn", [])  # what cannot be read comes last
    first = found.items[0]
    assert base64.b64decode(first.picture) == cut(int(first.id.removeprefix("encore-")))
    assert len((await world.client.next_unlabelled("summer", limit=2)).items) == 2


async def test_what_is_named_is_a_data_set_that_can_be_trained(world: World) -> None:
    await world.client.label("summer", "encore-0", "label-1")
    await world.client.label("summer", "encore-1", "ライブの人", person="Somebody")
    await world.client.label("summer", "encore-2", "label-1")
    await world.client.reject("summer", "torn")
    artifacts = world.faces.settings.artifacts
    async with open_photos(f"{artifacts}/data-sets/summer") as store:
        found = await store.data_set()
        assert await store.read("label-1/encore-0.png") == cut(0)
    assert found.labels == (Label("label-1", "Label 1"), Label("ライブの人", "Somebody"))
    assert [photo.key for photo in found.photos] == [
        "label-1/encore-0.png",
        "label-1/encore-2.png",
        "ライブの人/encore-1.png",
    ]
    assert (await world.client.next_unlabelled("summer")).left == CROPS - 3
    assert (Path(artifacts) / "rejected/summer/torn.png").exists()
    assert {each.name for each in (await world.client.data_sets()).items} == {"summer"}


async def test_a_face_is_named_once(world: World) -> None:
    await world.client.label("summer", "encore-0", "label-1")
    with pytest.raises(NotFoundError, match="no face “encore-0” in “summer”"):
        await world.client.label("summer", "encore-0", "label-2")
    with pytest.raises(NotFoundError):
        await world.client.reject("summer", "encore-0")
    with pytest.raises(NotFoundError, match="without a name in “winter”"):
        await world.client.next_unlabelled("winter")


@pytest.mark.parametrize("label", ["../up", ".hidden", "a/b", " "])
async def test_what_cannot_be_a_label_changes_nothing(world: World, label: str) -> None:
    with pytest.raises(UnprocessableError):
        await world.client.label("summer", "encore-0", label)
    assert (await world.client.next_unlabelled("summer")).left == CROPS + 1


async def test_without_a_model_nobody_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "faces/unlabelled/summer").mkdir(parents=True)
    (tmp_path / "faces/unlabelled/summer/a.png").write_bytes(cut(0))
    async with faces_world(tmp_path) as world:
        (face,) = (await world.client.next_unlabelled("summer")).items
        assert (face.id, face.guesses, face.unknown) == ("a", [], False)


async def test_labelling_takes_a_key(world: World) -> None:
    stranger = FaceClient("http://faces.test", http_client=world.http, max_retries=0)
    with pytest.raises(AuthenticationError):
        await stranger.next_unlabelled("summer")
    page = await world.http.get("/label", headers={"accept": "text/html", "accept-language": "ja"})
    assert "この顔はだれ？" in page.text
