"""Picks go into any calendar, and again into the same places of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from timetable_renderer.core.ical import calendar_of, event_uid
from timetable_samples import SEEN, SLOTS, festival

STAMP = datetime(2026, 7, 1, 3, tzinfo=UTC)


def events(body: bytes) -> list[Any]:
    return list(Calendar.from_ical(body).walk("VEVENT"))


def test_each_pick_is_an_event_at_its_time_in_the_festivals_zone() -> None:
    (event,) = events(calendar_of(festival(), SLOTS[:1], stamp=STAMP))
    assert str(event["UID"]) == event_uid("fes", SLOTS[0].id)
    assert event["DTSTART"].dt == SLOTS[0].start
    assert event["DTEND"].dt == SLOTS[0].end
    assert event["DTSTART"].params["TZID"] == "Asia/Tokyo"
    assert event["DTSTAMP"].dt == STAMP
    assert event["SEQUENCE"] == 1
    assert event["SUMMARY"] == "朝焼けカフェ"
    assert event["LOCATION"] == "HOT STAGE"


def test_the_zones_rules_come_with_it() -> None:
    body = calendar_of(festival(), SLOTS, stamp=STAMP)
    assert body.count(b"BEGIN:VTIMEZONE") == 1
    assert len(body) < 4_000


def test_the_same_picks_of_a_version_are_the_same_bytes() -> None:
    assert calendar_of(festival(), SLOTS, stamp=STAMP) == calendar_of(festival(fetched_at=None), SLOTS, stamp=STAMP)
    assert calendar_of(festival(), SLOTS, stamp=STAMP) != calendar_of(festival(version=2), SLOTS, stamp=STAMP)


def test_lines_end_and_are_folded_as_the_rfc_has_it() -> None:
    long = replace(SLOTS[0], title="長い名前" * 40, detail="一行目\n二行目; そして, \\ も")
    body = calendar_of(festival([long]), [long], stamp=STAMP)
    lines = body.split(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    (event,) = events(body)
    assert event["SUMMARY"] == long.title
    assert event["DESCRIPTION"] == long.detail


def test_nothing_picked_is_an_empty_calendar() -> None:
    assert events(calendar_of(festival(), [], stamp=STAMP)) == []


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"])
def test_times_hold_in_zones_whose_clocks_change(zone: str) -> None:
    start = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(zone), fold=1)
    late = replace(SLOTS[0], start=start, end=start + timedelta(hours=2))
    (event,) = events(calendar_of(festival([late], timezone=zone), [late], stamp=SEEN))
    assert event["DTSTART"].dt.timestamp() == late.start.timestamp()
    assert event["DTEND"].dt.timestamp() == late.end.timestamp()


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=200),
    st.text(st.sampled_from('ab;,:\\"^\n長❤'), max_size=300),
)
def test_any_text_is_carried_as_it_is(title: str, detail: str) -> None:
    odd = replace(SLOTS[0], title=title, detail=detail)
    body = calendar_of(festival([odd]), [odd], stamp=STAMP)
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut
    (event,) = events(body)
    assert event["SUMMARY"] == title
    assert event.get("DESCRIPTION", "") == detail


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=200), st.text(max_size=200))
def test_what_a_calendar_cannot_hold_spoils_none(title: str, detail: str) -> None:
    odd = replace(SLOTS[0], title=title, detail=detail)
    (event,) = events(calendar_of(festival([odd]), [odd], stamp=STAMP))
    assert str(event["UID"]) == event_uid("fes", odd.id)


def test_a_calendar_in_utc_needs_no_rules() -> None:
    start = datetime(2026, 8, 7, 10, 30, tzinfo=ZoneInfo("UTC"))
    one = replace(SLOTS[0], start=start, end=start + timedelta(hours=2))
    body = calendar_of(festival([one], timezone="UTC"), [one], stamp=SEEN)
    assert b"DTSTART:20260807T103000Z" in body
    assert b"VTIMEZONE" not in body
