"""Pictures are drawn beside the event loop, few at once, each once, and the last ones are kept."""

import asyncio
import threading
from dataclasses import replace

import pytest

from genba_servicekit.errors import ProblemError
from genba_servicekit.testing import until
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.layout.tree import Box, Group, Picture
from timetable_renderer.core.options import ImageFormat, PictureDoesNotFitError, PictureOptions, ThemeName
from timetable_renderer.core.plan import Plan, make_plan
from timetable_renderer.ports import Painter
from timetable_renderer.usecases.picturing import NoSuchDay, PictureDoesNotFit, PicturesBusy, Picturing
from timetable_renderer.usecases.timetables import Timetables
from timetable_samples import SEEN, SLOTS, festival

pytestmark = pytest.mark.anyio

OPTIONS = PictureOptions()


class GatedPainter:
    """Paints when the gate is open; counts how many are at it."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.painted = 0
        self.most_at_once = 0
        self.at_once = 0
        self._lock = threading.Lock()

    def paint(self, picture: Picture, image_format: ImageFormat) -> bytes:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.gate.wait(30)
        with self._lock:
            self.at_once -= 1
            self.painted += 1
        return f"{picture.title}{image_format}".encode() * 100


class BrokenPainter:
    """Cannot paint."""

    def paint(self, picture: Picture, image_format: ImageFormat) -> bytes:
        raise ValueError("no paint")


def lay_out(plan: Plan, options: PictureOptions) -> Picture:
    picks = ",".join(slot.title for day in plan.days for slot in day.picks)
    return Picture(1, 1, "#ffffff", Group("root", Box(0, 0, 1, 1)), f"{picks} {options.theme}")


def make(painter: Painter, **more: int) -> Picturing:
    given = {"cache_bytes": 1 << 20, "threads": 2, "queue": 200, **more}
    return Picturing(Timetables(), lay_out, painter, **given)


@pytest.fixture
def painter() -> GatedPainter:
    return GatedPainter()


def plan(*numbers: int, of: Festival | None = None) -> Plan:
    return make_plan(of or festival(), [SLOTS[number].id for number in numbers])


async def until_drawing(picturing: Picturing, count: int) -> None:
    await until(lambda: len(picturing._drawing) == count)


async def test_what_picks_come_to_is_found_out_beside_the_event_loop() -> None:
    plan, found_by = make_plan(festival(), [SLOTS[0].id]), []

    def look(plan: Plan, options: PictureOptions) -> Picture:
        assert "days" not in vars(plan)
        found_by.append(threading.current_thread())
        return lay_out(plan, options)

    painter = GatedPainter()
    painter.gate.set()
    picturing = Picturing(Timetables(), look, painter, cache_bytes=0, threads=1, queue=1)
    assert picturing.etag(plan, OPTIONS) == (await picturing.picture(plan, OPTIONS)).etag
    assert threading.main_thread() not in found_by


async def test_what_many_ask_for_at_once_is_drawn_once(painter: GatedPainter) -> None:
    picturing = make(painter)
    of = festival()
    asked = [asyncio.create_task(picturing.picture(plan(0, 1, of=of), OPTIONS)) for _ in range(100)]
    await until_drawing(picturing, 1)
    painter.gate.set()
    assert len({(one.body, one.etag) for one in await asyncio.gather(*asked)}) == 1
    assert painter.painted == picturing.counts["drawn"] == 1


async def test_a_hundred_different_pictures_are_all_drawn_two_at_once(painter: GatedPainter) -> None:
    picturing = make(painter)
    of = festival()
    asked = [
        asyncio.create_task(picturing.picture(plan(0, of=of), replace(OPTIONS, width=400 + number)))
        for number in range(100)
    ]
    await until_drawing(picturing, 100)
    await until(lambda: painter.at_once == 2)
    painter.gate.set()
    assert len({one.etag for one in await asyncio.gather(*asked)}) == 100
    assert painter.painted == 100
    assert painter.most_at_once == 2


async def test_who_comes_when_too_many_wait_is_told_to_come_again(painter: GatedPainter) -> None:
    picturing = make(painter, queue=3, threads=1)
    of = festival()
    asked = [asyncio.create_task(picturing.picture(plan(number, of=of), OPTIONS)) for number in range(3)]
    await until_drawing(picturing, 3)
    with pytest.raises(PicturesBusy) as refused:
        await picturing.picture(plan(4, of=of), OPTIONS)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
    joined = asyncio.create_task(picturing.picture(plan(0, of=of), OPTIONS))  # the same as one that waits
    painter.gate.set()
    assert (await joined).body == (await asyncio.gather(*asked))[0].body
    assert (await picturing.picture(plan(4, of=of), OPTIONS)).body


async def test_who_leaves_takes_nothing_from_those_who_wait_for_the_same(painter: GatedPainter) -> None:
    picturing = make(painter)
    of = festival()
    first = asyncio.create_task(picturing.picture(plan(0, of=of), OPTIONS))
    await until_drawing(picturing, 1)
    second = asyncio.create_task(picturing.picture(plan(0, of=of), OPTIONS))
    first.cancel()
    await asyncio.sleep(0)
    painter.gate.set()
    assert (await second).body
    assert painter.painted == 1


async def test_a_kept_picture_is_not_drawn_again_until_its_timetable_changes(painter: GatedPainter) -> None:
    painter.gate.set()
    picturing = make(painter)
    of = festival()
    first = await picturing.picture(plan(0, 1, of=of), OPTIONS)
    assert await picturing.picture(plan(1, 0, of=of), OPTIONS) is first
    assert first.etag == picturing.etag(plan(0, 1, of=of), OPTIONS)
    assert painter.painted == 1
    await picturing.picture(plan(0, 1, of=of), replace(OPTIONS, theme=ThemeName.DARK))
    await picturing.picture(plan(0, 1, of=festival(version=2)), OPTIONS)
    await picturing.picture(plan(0, 1, of=replace(of, fetched_at=SEEN.replace(hour=13))), OPTIONS)
    assert painter.painted == 4


async def test_of_two_festivals_of_one_id_and_version_each_has_its_own_picture(painter: GatedPainter) -> None:
    painter.gate.set()
    picturing = make(painter)
    first = await picturing.picture(plan(0), OPTIONS)
    renamed = festival([replace(SLOTS[0], title="another")])
    second = await picturing.picture(make_plan(renamed, [SLOTS[0].id]), OPTIONS)
    assert first.body != second.body


async def test_no_more_is_kept_than_there_is_room_for(painter: GatedPainter) -> None:
    painter.gate.set()
    picturing = make(painter, cache_bytes=10_000)
    of = festival()
    for number in range(6):
        await picturing.picture(plan(number, of=of), OPTIONS)
    await picturing.picture(plan(5, of=of), OPTIONS)
    assert painter.painted == 6
    await picturing.picture(plan(0, of=of), OPTIONS)
    assert painter.painted == 7


async def test_a_picture_that_fails_fails_for_all_who_wait_and_is_tried_anew() -> None:
    picturing = make(BrokenPainter())
    of = festival()
    results = await asyncio.gather(
        *(picturing.picture(plan(0, of=of), OPTIONS) for _ in range(3)), return_exceptions=True
    )
    assert [str(result) for result in results] == ["no paint"] * 3
    assert not picturing._drawing


async def test_a_day_that_the_festival_does_not_have_is_refused(painter: GatedPainter) -> None:
    with pytest.raises(NoSuchDay) as refused:
        await make(painter).picture(plan(0), replace(OPTIONS, day=3))
    assert isinstance(refused.value, ProblemError)
    assert refused.value.status == 422


class SmallPainter:
    def paint(self, picture: Picture, image_format: ImageFormat) -> bytes:
        raise PictureDoesNotFitError("200 picks are too many for this")


async def test_what_does_not_fit_on_a_picture_is_refused_with_the_reason() -> None:
    with pytest.raises(PictureDoesNotFit, match="200 picks are too many") as refused:
        await make(SmallPainter()).picture(plan(0), OPTIONS)
    assert isinstance(refused.value, ProblemError)
    assert refused.value.status == 422
