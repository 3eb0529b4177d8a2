"""Pictures are looked at beside the event loop, no more than there is room for, and none is held longer than needed."""

import asyncio
import gc
import sys
import threading

import pytest

from contract.faces.faces_world import photo
from face_classifier.core.crops import Face
from face_classifier.core.pictures import PictureError, Pixels
from face_classifier.usecases.looking import Given, Looking, Seen, Unseen
from face_classifier.usecases.uploading import Uploads
from genba_servicekit.errors import TooManyRequests


class Detector:
    """Finds one face in everything, and remembers how many looked at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self._counting = threading.Lock()

    def find(self, picture: Pixels) -> list[Face]:
        assert threading.current_thread() is not threading.main_thread()
        with self._counting:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go_on.wait(10)
        with self._counting:
            self.now -= 1
        return [Face(10, 10, picture.shape[1] / 2, picture.shape[0] / 2)]


class Nowhere:
    """Where no picture can be fetched."""

    async def fetch(self, url: str) -> bytes:
        raise PictureError(f"it was not fetched: {url}")


@pytest.fixture
def detector() -> Detector:
    return Detector()


def looking(detector: Detector, *, threads: int = 2, room: int = 8) -> Looking:
    return Looking(detector, Nowhere(), threads=threads, room=room)


async def test_each_picture_has_its_own_answer_in_order(detector: Detector) -> None:
    given = [
        Given("a", photo()),
        Given("b", b"none"),
        Given("c", url="http://a.test/"),
        Given("d", "%"),
        Given("e", "aGk="),
    ]
    found = await looking(detector).look(given, crops=True)
    assert isinstance(found[0], Seen)
    assert found[0].crops is not None
    assert found[0].crops.shape == (1, 96, 96, 3)
    reasons = [each.reason for each in found if isinstance(each, Unseen)]
    assert ["http://a.test/" in reasons[1], "Base64" in reasons[2]] == [True, True]
    assert reasons[0] == reasons[3] == "no picture in JPEG, PNG, WebP or PGM"


async def test_no_more_are_looked_at_than_there_are_threads_and_no_more_wait_than_have_room(
    detector: Detector,
) -> None:
    detector.go_on.clear()
    here = looking(detector, threads=2, room=6)
    first = asyncio.create_task(here.look([Given(None, photo())] * 6))
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests):
        await here.look([Given(None, photo())])
    detector.go_on.set()
    assert len(await first) == 6
    assert detector.most <= 2
    assert len(await here.look([Given(None, photo())] * 9)) == 9, "a large request has its turn where nothing else is"


async def test_a_file_that_is_no_picture_is_let_go_of_at_once(detector: Detector) -> None:
    here = looking(detector)
    data = bytes(1_000_000)
    await here.look([Given(None, data)])
    gc.collect()
    gc.disable()  # what is in a cycle stays until garbage is looked for, and a server does that seldom
    try:
        before = sys.getrefcount(data)
        await here.look([Given(None, data)])
        await asyncio.sleep(0.05)
        assert sys.getrefcount(data) == before
    finally:
        gc.enable()


def test_uploads_have_room_until_it_is_full_and_one_always_has_it() -> None:
    uploads = Uploads(100)
    with uploads.room(500), pytest.raises(TooManyRequests), uploads.room(1):
        pass
    with uploads.room(60), uploads.room(40), pytest.raises(TooManyRequests), uploads.room(1):
        pass
    with uploads.room(100):
        pass
