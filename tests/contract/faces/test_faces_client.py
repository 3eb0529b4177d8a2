"""The typed client against the real face service: every call, and what it raises."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.faces.faces_world import faces_world, photo
from genba_client import FaceClient, UnprocessableError

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def faces(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaceClient]:
    async with faces_world(tmp_path_factory.mktemp("faces")) as world:
        yield world.client


async def test_faces_of_several_pictures_are_found_in_their_order(faces: FaceClient) -> None:
    found = (await faces.detect([photo(), ("ライブ.png", photo(1, size=320)), b"no picture"])).pictures
    assert [picture.name for picture in found] == [None, "ライブ.png", None]
    assert [(picture.width, picture.height, len(picture.faces)) for picture in found] == [
        (160, 160, 1),
        (320, 320, 1),
        (None, None, 0),
    ]
    box = found[1].faces[0].box
    assert abs(box.x + box.width / 2 - 160) < 60
    assert found[0].problem is None
    problem = found[2].problem
    assert problem is not None
    assert (problem.type, problem.status) == ("urn:genba:problem:unreadable-picture", 422)
    assert problem.detail == "no picture in JPEG, PNG, WebP or PGM"


async def test_where_no_picture_can_be_read_that_is_an_error(faces: FaceClient) -> None:
    with pytest.raises(UnprocessableError) as caught:
        await faces.detect([b"no picture", photo()[:200]])
    problem = caught.value.problem
    assert problem is not None
    assert [fault.pointer for fault in problem.errors or ()] == ["body/pictures/0", "body/pictures/1"]


async def test_files_and_urls_are_not_sent_at_once(faces: FaceClient) -> None:
    with pytest.raises(ValueError, match="not both"):
        await faces.detect([photo(), "https://example.org/a.jpg"])


async def test_pictures_are_fetched_from_where_one_may(tmp_path: Path, faces: FaceClient) -> None:
    with pytest.raises(UnprocessableError, match=r"127\.0\.0\.1"):
        await faces.detect(["http://127.0.0.1/a.png"])
