"""Prometheus hears how pictures were answered, how refreshes ended, and how old timetables are."""

import asyncio
from pathlib import Path

import pytest

from contract.timetable.timetable_world import AT, DAY_1, World, timetable_world

pytestmark = pytest.mark.anyio


async def figures(world: World) -> dict[str, float]:
    """The service's own figures, by name and labels."""
    text = (await world.http.get("/metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if line.startswith("timetable_"))
    return {name: float(value) for name, _, value in lines}


async def test_pictures_are_counted_by_what_came_of_them(tmp_path: Path) -> None:
    async with timetable_world(tmp_path, render_waiting=1) as world:
        ids = list((await world.ids()).values())
        asked = {"picks": ids, "scale": 3}
        both = await asyncio.gather(*(world.http.post(f"{AT}/picture", json=asked) for _ in range(2)))
        again = await world.http.post(f"{AT}/picture", json=asked)
        unfit = await world.http.post(
            f"{AT}/picture", json={"picks": ids, "layout": "day", "height": 700, "inset_top": 900}
        )
        assert [answer.status_code for answer in (*both, again, unfit)] == [200, 200, 200, 422]
        found = await figures(world)
    assert {name: value for name, value in found.items() if name.startswith("timetable_pictures_")} == {
        'timetable_pictures_total{result="drawn"}': 1,
        'timetable_pictures_total{result="joined"}': 1,
        'timetable_pictures_total{result="kept"}': 1,
        'timetable_pictures_total{result="unfit"}': 1,
        'timetable_pictures_total{result="busy"}': 0,
        'timetable_pictures_total{result="failed"}': 0,
        "timetable_pictures_waiting": 0,
    }
    assert found["timetable_picture_drawing_seconds_total"] > 0


async def test_refreshes_and_the_age_of_timetables_are_told(tmp_path: Path) -> None:
    async with timetable_world(tmp_path) as world:
        before = await figures(world)
        await world.update(DAY_1 | {"SKY STAGE": []})
        found = await figures(world)
    updated = 'timetable_refreshes_total{result="updated"}'
    assert found[updated] == before[updated] + 1
    festival = '{festival="genba-fes-2026"}'
    assert (
        found[f"timetable_fetched_timestamp_seconds{festival}"]
        > before[f"timetable_fetched_timestamp_seconds{festival}"]
    )
    assert found[f"timetable_slots{festival}"] == before[f"timetable_slots{festival}"] - 3
