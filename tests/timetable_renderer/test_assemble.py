"""Festivals put together: days, stages, ids, times on days when clocks change, and what is passed over."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_renderer.core.assemble import Assembled, assemble
from timetable_renderer.core.bare import FIRST_DAY, config_of
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.festival import Festival, Kind, day_of
from timetable_renderer.core.palette import PALETTE, stage_colours
from timetable_renderer.core.parsed import DayTime, Fault, Parsed, ParsedSlot, ParsedStage, SourceRefusedError, When

DAYS = (date(2027, 8, 6), date(2027, 8, 7))
TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def slot(start: When, end: When | timedelta, title: str = "あ", stage: str = "HOT", **more: Any) -> ParsedSlot:
    return ParsedSlot(stage, start, end, title, where=title, **more)


def on(day: int | date, start: int, end: int, title: str = "あ", stage: str = "HOT", **more: Any) -> ParsedSlot:
    """A slot by the clock, hours and minutes as in 2530."""
    first, last = (DayTime(day, clock // 100 * 60 + clock % 100) for clock in (start, end))
    return slot(first, last, title, stage, **more)


def make(*slots: ParsedSlot, config: dict[str, Any] | None = None, **more: Any) -> Assembled:
    settings: dict[str, Any] = {"id": "fes", "name": "Fes", "days": DAYS, "sources": [{"file": "f"}], **(config or {})}
    festival = FestivalConfig.model_validate(settings)
    return assemble(festival, [(festival.sources[0], Parsed("tif", slots, **more))])


def times(festival: Festival) -> list[str]:
    return [f"{slot.day:%d} {slot.start:%dT%H:%M%z} {slot.end:%dT%H:%M%z}" for slot in festival.slots]


def test_a_day_lasts_until_its_boundary_whatever_way_its_night_is_written() -> None:
    festival = make(
        on(1, 2530, 2600),
        on(1, 130, 200, stage="SKY"),
        slot(naive("2027-08-07T01:30"), naive("2027-08-07T02:00"), stage="C"),
    ).festival
    assert times(festival) == ["06 07T01:30+0900 07T02:00+0900"] * 3


def test_what_starts_at_the_boundary_belongs_to_the_new_day() -> None:
    festival = make(on(2, 500, 530), on(2, 459, 500, stage="SKY")).festival
    assert times(festival) == ["07 07T05:00+0900 07T05:30+0900", "07 08T04:59+0900 08T05:00+0900"]


def test_what_ends_before_it_starts_ends_on_the_next_day() -> None:
    festival = make(on(1, 2330, 15), on(1, 2540, 210, stage="SKY")).festival
    assert times(festival) == ["06 06T23:30+0900 07T00:15+0900", "06 07T01:40+0900 07T02:10+0900"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (on(1, 1100, 1100), "it ends when it starts"),
        (on(1, 1130, 1100), "it ends before it starts"),
        (on(3, 1100, 1130), "it is on day 3, and the festival has 2 days"),
        (slot(naive("2027-08-06T10:00"), naive("2027-08-06T09:00")), "it ends before it starts"),
        (slot(naive("2027-08-06T10:00"), timedelta(0)), "it ends when it starts"),
        (slot(naive("2027-08-06T10:00"), timedelta(days=32)), "it takes 32 days"),
        (slot(naive("2027-08-06T10:00:10"), naive("2027-08-06T10:00:50")), "it ends when it starts"),
    ],
)
def test_times_that_make_no_sense_are_passed_over_and_the_rest_kept(bad: ParsedSlot, reason: str) -> None:
    found = make(on(1, 1000, 1030), bad)
    assert len(found.festival.slots) == 1
    assert found.passed_over == (Fault("あ", reason),)


def test_placeholders_and_other_days_are_passed_over_without_harm() -> None:
    other = slot(naive("2027-08-09T10:00"), timedelta(minutes=30), "い")
    found = make(on(1, 1000, 1030), on(1, 1100, 1130, "未使用"), other)
    assert [str(fault) for fault in found.passed_over] == [
        "未使用: “未使用” is no performance",
        "い: its day, 2027-08-09, is none of the festival's",
    ]
    assert all(fault.harmless for fault in found.passed_over)


def test_a_source_in_which_more_than_half_is_wrong_is_refused() -> None:
    good, bad = on(1, 1000, 1030), on(1, 1130, 1100)
    assert make(good, bad, on(1, 1200, 1230, "未使用"), on(1, 1300, 1330, "転換"))
    with pytest.raises(SourceRefusedError, match=r"2 of its 3 slots have faults"):
        make(good, bad, bad)
    with pytest.raises(SourceRefusedError, match=r"2 of its 3 slots have faults"):
        make(good, bad, passed_over=(Fault("line 3", "no time"),))


def test_a_source_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(SourceRefusedError, match="no slot is left of it; 未使用"):
        make(on(1, 1000, 1030, "未使用"))
    with pytest.raises(SourceRefusedError, match="say the festival's days"):
        make(on(1, 1000, 1030), config={"days": ()})


def test_spellings_of_a_stage_are_one_stage() -> None:
    config = {"stages": [{"name": "Hot Stage", "aliases": ["メイン"], "colour": "#123456"}, {"name": "Unused"}]}
    slots = [
        on(1, 1000 + 100 * n, 1030 + 100 * n, stage=name)
        for n, name in enumerate(("HOT  STAGE", "ＨＯＴ　ＳＴＡＧＥ", "ﾒｲﾝ"))
    ]
    festival = make(*slots, on(1, 1500, 1530, stage="SKY"), config=config).festival
    assert [(stage.id, stage.name) for stage in festival.stages] == [("hot-stage", "Hot Stage"), ("sky", "SKY")]
    assert festival.stages[0].colour == "#123456"


def test_stages_are_in_the_order_of_the_settings_then_of_the_source() -> None:
    stages = (ParsedStage("C"), ParsedStage("A", "#aabbcc"), ParsedStage("B", "#000000"))
    config = {"stages": [{"name": "B", "colour": "#ffffff"}]}
    festival = make(*(on(1, 1000, 1030, stage=name) for name in "ABC"), stages=stages, config=config).festival
    assert [stage.name for stage in festival.stages] == ["B", "C", "A"]
    assert [stage.colour for stage in festival.stages] == ["#ffffff", stage_colours(["c"], {})["c"], "#aabbcc"]


def test_sources_bring_prefix_and_kind() -> None:
    config = FestivalConfig(
        id="fes",
        name="Fes",
        days=DAYS,
        sources=(SourceConfig(file="a"), SourceConfig(file="b", stage_prefix="特典会 ", kind=Kind.GREETING)),
    )
    one = Parsed("tif", (on(1, 1000, 1030, stage="A"), on(1, 1100, 1130, stage="A", kind=Kind.TALK)))
    festival = assemble(config, [(source, one) for source in config.sources]).festival
    assert [(slot.stage, slot.kind) for slot in festival.slots] == [
        ("a", Kind.LIVE),
        ("特典会-a", Kind.GREETING),
        ("a", Kind.TALK),
        ("特典会-a", Kind.TALK),
    ]


def test_walks_go_both_ways_and_by_aliases() -> None:
    config = {
        "stages": [{"name": "HOT", "aliases": ["H"]}, {"name": "SKY"}],
        "walks": [{"stages": ["h", "SKY"], "minutes": 3}],
        "walking_minutes": 7,
    }
    festival = make(on(1, 1000, 1030), config=config).festival
    assert (festival.walk("hot", "sky"), festival.walk("sky", "hot"), festival.walk("sky", "x")) == (3, 3, 7)


def test_who_plays_is_the_title_where_the_source_names_nobody() -> None:
    festival = make(on(1, 1000, 1030, "A × B"), on(1, 1100, 1130, performers=("い", "う"))).festival
    assert [slot.performers for slot in festival.slots] == [("A × B",), ("い", "う")]


def test_ids_are_the_same_whatever_else_is_in_the_source_and_in_whatever_order() -> None:
    slots = [on(1, 1000, 1030, title) for title in "cab"] + [on(2, 1000, 1030, "d"), on(1, 1100, 1130, "e")]
    found = {slot.title: slot.id for slot in make(*slots).festival.slots}
    assert len(set(found.values())) == 5
    again = {slot.title: slot.id for slot in make(on(1, 900, 930, "new"), *reversed(slots)).festival.slots}
    assert again == {**found, "new": again["new"]}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.integers(300, 1700),
            st.integers(1, 90),
            st.sampled_from("ABC"),
            st.text("xy", max_size=2),
        ),
        min_size=1,
    ),
    st.randoms(),
)
def test_every_slot_has_an_id_of_its_own_that_shuffling_leaves_alone(
    rows: list[tuple[int, int, int, str, str]], random: Any
) -> None:
    slots = [
        slot(DayTime(d, start), DayTime(d, start + size), "t" + title, stage) for d, start, size, stage, title in rows
    ]
    first = make(*slots).festival
    assert len({one.id for one in first.slots}) == len(slots)
    random.shuffle(slots)
    assert {(one.id, one.title, one.end) for one in make(*slots).festival.slots} == {
        (one.id, one.title, one.end) for one in first.slots
    }


@settings(deadline=None)
@given(st.datetimes(naive("2027-01-01"), naive("2027-12-30")), st.times(), st.integers(1, 600))
def test_a_slot_is_on_the_day_whose_boundary_comes_before_its_start(start: datetime, boundary: time, size: int) -> None:
    boundary = boundary.replace(second=0, microsecond=0)
    one = slot(start, start + timedelta(minutes=size))
    (made,) = make(one, config={"days": (), "day_boundary": boundary}).festival.slots
    begins = datetime.combine(made.day, boundary, TOKYO)
    assert begins <= made.start < begins + timedelta(days=1)
    assert made.day == day_of(made.start, boundary)
    assert made.start == start.replace(second=0, microsecond=0, tzinfo=TOKYO)


CHANGES = {"timezone": "Europe/Berlin", "days": ()}
"""Berlin's clocks went from 2:00 to 3:00 on 28 March 2027, and from 3:00 to 2:00 on 31 October."""


@pytest.mark.parametrize(
    ("start", "end", "minutes", "shown"),
    [
        ("2027-03-28T01:30", "2027-03-28T03:30", 60, "01:30+0100"),
        ("2027-03-28T02:30", "2027-03-28T04:00", 30, "03:30+0200"),
        ("2027-03-28T02:30", "2027-03-28T03:10", 40, "03:30+0200"),
        ("2027-03-28T02:10", "2027-03-28T02:40", 30, "03:10+0200"),
        ("2027-10-31T01:30", "2027-10-31T02:30", 60, "01:30+0200"),
        ("2027-10-31T01:30", "2027-10-31T03:30", 180, "01:30+0200"),
        ("2027-10-31T02:50", "2027-10-31T02:10", 20, "02:50+0200"),
    ],
)
def test_times_by_the_clock_on_days_when_clocks_change(start: str, end: str, minutes: int, shown: str) -> None:
    (made,) = make(slot(naive(start), naive(end)), config=CHANGES).festival.slots
    assert (made.minutes, f"{made.start:%H:%M%z}") == (minutes, shown)


def test_durations_and_points_in_time_are_what_they_are_when_clocks_change() -> None:
    start = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 2:30, the first time
    slots = [slot(start + timedelta(hours=n), timedelta(minutes=90), f"{n}") for n in range(3)]
    made = make(*slots, config=CHANGES).festival.slots
    assert [f"{one.start:%H:%M%z} {one.end:%H:%M%z}" for one in made] == [
        "02:30+0200 03:00+0100",
        "02:30+0100 04:00+0100",
        "03:30+0100 05:00+0100",
    ]
    assert [one.minutes for one in made] == [90, 90, 90]
    assert len({one.id for one in made}) == 3


@settings(deadline=None)
@given(
    st.datetimes(naive("2027-03-27"), naive("2027-03-30")) | st.datetimes(naive("2027-10-30"), naive("2027-11-01")),
    st.integers(1, 300),
    st.booleans(),
)
def test_nothing_ends_before_it_starts_and_everything_comes_back_when_clocks_change(
    start: datetime, size: int, by_clock: bool
) -> None:
    length = timedelta(minutes=size)
    (made,) = make(slot(start, start + length if by_clock else length), config=CHANGES).festival.slots
    assert made.end.timestamp() > made.start.timestamp()
    assert made.minutes == size or (by_clock and abs(made.minutes - size) <= 60)
    assert made.start.tzinfo == BERLIN
    assert made.start.astimezone(UTC).astimezone(BERLIN).isoformat() == made.start.isoformat()


def test_days_of_the_sources_count_where_none_are_set() -> None:
    festival = make(
        on(date(2027, 8, 8), 1000, 1030), on(date(2027, 8, 6), 2530, 2600), config={"days": ()}, days=(DAYS[1],)
    ).festival
    assert festival.days == (date(2027, 8, 6), date(2027, 8, 7), date(2027, 8, 8))


@settings(deadline=None)
@given(st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=30))
def test_colours_are_distinct_and_stay_when_a_stage_is_added_last(ids: list[str]) -> None:
    colours = stage_colours(ids, {})
    assert len(set(colours.values())) == min(len(ids), len(PALETTE))
    assert stage_colours(ids[:-1], {}) == {stage: colours[stage] for stage in ids[:-1]}


def test_a_bare_file_gets_settings_that_fit_it() -> None:
    parsed = Parsed("tif", (on(2, 2530, 2600),))
    config = config_of(parsed, "some/tif2017-time.json")
    assert (config.id, config.name, config.timezone) == ("tif2017-time", "tif2017-time", "Asia/Tokyo")
    assert config.days == (FIRST_DAY, FIRST_DAY + timedelta(days=1))
    assert config.shows_over_24h
    assert config.sources == (SourceConfig(file="some/tif2017-time.json"),)


def moments(*texts: str) -> Sequence[ParsedSlot]:
    return tuple(slot(datetime.fromisoformat(text), timedelta(minutes=30)) for text in texts)


@pytest.mark.parametrize(
    ("texts", "named", "zone"),
    [
        (("2027-08-06T10:00:00",), None, "Asia/Tokyo"),
        (("2027-08-06T10:00:00+09:00",), None, "Asia/Tokyo"),
        (("2027-08-06T10:00:00+02:00",), "Europe/Berlin", "Europe/Berlin"),
        (("2027-08-06T10:00:00+02:00",), "No/Where", "Etc/GMT-2"),
        (("2027-08-06T10:00:00+02:00",), "UTC", "Etc/GMT-2"),
        (("2027-08-06T10:00:00-05:00",), None, "Etc/GMT+5"),
        (("2027-08-06T10:00:00Z",), None, "UTC"),
        (("2027-08-06T10:00:00Z", "2027-08-06T10:00:00+09:00"), None, "Asia/Tokyo"),
        (("2027-08-06T10:00:00+05:30",), None, "UTC"),
        (("2027-03-27T10:00:00+01:00", "2027-03-29T10:00:00+02:00"), "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_a_bare_file_is_shown_by_the_clock_it_is_written_by(
    texts: tuple[str, ...], named: str | None, zone: str
) -> None:
    assert config_of(Parsed("ical", tuple(moments(*texts)), timezone=named), "https://fes.test/x.ics").timezone == zone
