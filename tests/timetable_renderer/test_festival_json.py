"""Festivals go into storage and come back as they were."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_renderer.core.festival import Festival, Kind, Slot, Stage, day_of, slot_id
from timetable_renderer.core.festival_json import digest, dump, load
from timetable_samples import festival

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def festivals(draw: st.DrawFn) -> Festival:
    name = draw(st.sampled_from(("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Etc/GMT-2", "UTC")))
    zone, boundary = ZoneInfo(name), draw(st.sampled_from((time(5), time(4, 30), time(0))))
    stages = tuple(
        Stage(f"s{n}", draw(TEXT), f"#{draw(st.integers(0, 0xFFFFFF)):06x}") for n in range(draw(st.integers(1, 3)))
    )
    slots = []
    for _ in range(draw(st.integers(0, 4))):
        moment = draw(
            st.datetimes(
                datetime.fromisoformat("2027-03-01"), datetime.fromisoformat("2027-12-01"), timezones=st.just(UTC)
            )
        )
        start = moment.replace(second=0, microsecond=0).astimezone(zone)
        end = (start.astimezone(UTC) + timedelta(minutes=draw(st.integers(1, 3_000)))).astimezone(zone)
        stage, day = draw(st.sampled_from(stages)).id, day_of(start, boundary)
        performers = tuple(draw(st.lists(TEXT, max_size=3)))
        slots.append(
            Slot(
                slot_id(day, stage, start, 0),
                day,
                stage,
                0,
                start,
                end,
                draw(TEXT),
                performers,
                draw(TEXT),
                draw(st.sampled_from(Kind)),
            )
        )
    walks = {("s0", "s1"): draw(st.integers(0, 60))} if draw(st.booleans()) else {}
    return Festival(
        id="fes",
        name=draw(TEXT),
        timezone=name,
        day_boundary=boundary,
        days=tuple(sorted({slot.day for slot in slots})),
        stages=stages,
        slots=tuple(slots),
        shows_over_24h=draw(st.booleans()),
        walks=MappingProxyType(walks),
        official_url=draw(st.none() | st.just("https://fes.test/")),
        version=draw(st.integers(0, 9)),
        fetched_at=draw(st.none() | st.datetimes(timezones=st.just(UTC))),
    )


@settings(deadline=None)
@given(festivals())
def test_a_festival_comes_back_as_it_was(whole: Festival) -> None:
    again = load(dump(whole))
    assert again == whole
    assert dump(again) == dump(whole)
    assert [one.start.utcoffset() for one in again.slots] == [one.start.utcoffset() for one in whole.slots]
    assert again.walk("s0", "s1") == whole.walk("s0", "s1")


def test_the_digest_tells_what_is_new_and_not_when_it_was_seen() -> None:
    whole = festival()
    assert digest(replace(whole, version=9, fetched_at=None)) == digest(whole)
    assert digest(replace(whole, name="other")) != digest(whole)
    assert digest(replace(whole, slots=whole.slots[:-1])) != digest(whole)


def test_both_half_past_two_of_an_autumn_night_come_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2027, 10, 31, 2, 30, tzinfo=berlin)
    one = replace(festival().slots[0], start=start, end=start.replace(fold=1))
    (again,) = load(dump(festival([one], timezone="Europe/Berlin"))).slots
    assert again.minutes == one.minutes == 60


@pytest.mark.parametrize(
    "change", [{"days": 1}, {"timezone": "No/Where"}, {"slots": [{}]}, {"walks": [[1]]}, {"day_boundary": "x"}]
)
def test_what_is_no_festival_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(json.dumps({**json.loads(dump(festival())), **change}).encode())
    for body in (b"", b"[]", b"{}", b"\xff", b"[" * 100_000):
        with pytest.raises(ValueError, match=r"."):
            load(body)
