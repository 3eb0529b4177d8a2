"""What the face service cannot look at is refused with a reason."""

import asyncio
import io
import json
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from contract.faces.faces_world import World, faces_world, photo
from contract.refusals import JSON, problem_of

pytestmark = pytest.mark.anyio

LIMIT = 200_000


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    data = tmp_path_factory.mktemp("faces")
    async with faces_world(data, upload_limit=LIMIT, upload_memory=2 * LIMIT, upload_timeout=0.2) as made:
        yield made


def bomb() -> bytes:
    """A PNG file of 9 kB that asks for 400 MB."""
    side = 10_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", bytes(9_000)) + chunk(b"IEND", b"")


def moving() -> bytes:
    """A WebP file of two pictures."""
    file = io.BytesIO()
    pictures = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:])
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bomb(), "25 million are decoded"),
        (moving(), "it moves"),
        (photo()[: len(photo()) // 2], "broken"),
        (b"GIF89a" + bytes(100), "no picture"),
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
    ],
)
async def test_a_file_that_is_no_picture_is_refused_and_hinders_no_other(
    world: World, data: bytes, reason: str
) -> None:
    problem = problem_of(await world.http.post("/v1/faces:detect", files={"picture": data}), 422)
    assert problem.type == "urn:genba:problem:unreadable-picture"
    assert reason in (problem.detail or "")
    both = [("picture", ("a", data)), ("picture", ("b.png", photo()))]
    bad, good = (await world.http.post("/v1/faces:detect", files=both)).json()["pictures"]
    assert reason in bad["problem"]["detail"]
    assert (good["name"], good["problem"], len(good["faces"])) == ("b.png", None, 1)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("{", 400, "not JSON"),
        ("[]", 422, "body"),
        ('{"pictures": []}', 422, "pictures"),
        ('{"pictures": [{"data": "AA==", "url": "https://example.org/"}]}', 422, "pictures/0"),
        ('{"pictures": [{"url": "ftp://example.org/a.png"}]}', 422, "pictures/0"),
        ('{"pictures": [{"data": "%%%"}]}', 422, "Base64"),
        ('{"pictures": [{"url": "http://169.254.169.254/latest/meta-data"}]}', 422, "169.254.169.254"),
        ('{"pictures": [{"url": "http://localhost:8003/"}]}', 422, "localhost"),
        (json.dumps({"pictures": [{"data": "AA=="}] * 17}), 422, "16"),
    ],
)
async def test_json_that_does_not_fit_is_refused(world: World, body: str, status: int, said: str) -> None:
    problem = problem_of(await world.http.post("/v1/faces:detect", content=body, headers=JSON), status)
    assert said in (problem.detail or "")


async def test_other_bodies_are_refused(world: World) -> None:
    problem_of(await world.http.post("/v1/faces:detect", content=photo(), headers={"Content-Type": "image/png"}), 415)
    problem_of(await world.http.post("/v1/faces:detect"), 415)
    headers = {"Content-Type": "multipart/form-data"}
    problem_of(await world.http.post("/v1/faces:detect", content=b"x", headers=headers), 400)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    cut = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n' + photo()
    problem_of(await world.http.post("/v1/faces:detect", content=cut, headers=headers), 400)
    problem_of(await world.http.post("/v1/faces:detect", content=b"--b--\r\n", headers=headers), 422)
    many = [("picture", ("a", b"x"))] * 17
    problem_of(await world.http.post("/v1/faces:detect", files=many), 400)


async def test_a_body_that_is_too_long_or_too_slow_is_refused(world: World) -> None:
    problem_of(await world.http.post("/v1/faces:detect", files={"picture": bytes(LIMIT)}), 413)

    async def without_length() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield bytes(LIMIT // 5)

    problem_of(await world.http.post("/v1/faces:detect", content=without_length(), headers=JSON), 413)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(2)

    problem_of(await world.http.post("/v1/faces:detect", content=slow(), headers=JSON), 400)


async def test_what_is_sent_at_once_is_bounded(world: World) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(2)

    posts = [world.http.post("/v1/faces:detect", content=slow(), headers=JSON) for _ in range(4)]
    answers = await asyncio.gather(*posts)
    assert sorted(answer.status_code for answer in answers) == [400, 400, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await world.http.post("/v1/faces:detect", files={"picture": photo()})).status_code == 200
