"""Every format, by small inputs with the oddities of real ones."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import DayTime, Parsed, SourceRefusedError
from timetable_renderer.core.sources import parse
from timetable_renderer.core.sources.frab_json import boundary_of
from timetable_sources import CSV, ICAL, TSV, XML, event, schedule


def read(text: str, **more: Any) -> Parsed:
    return parse(text.encode(), **more)


def reasons(parsed: Parsed) -> list[str]:
    return [str(fault) for fault in parsed.passed_over]


def test_tif_is_read_with_its_dirt_cleaned() -> None:
    slot = {"start": "930", "end": "1000", "artist": "ｶﾌｪ ", "detail": "■MC■<br>あ<br>"}
    parsed = read(json.dumps({"day1": {"HOT STAGE ": [slot]}, "day2": {"A": [dict(slot, start=1030, end="25:30")]}}))
    first, second = parsed.slots
    assert (first.stage, first.title, first.detail) == ("HOT STAGE", "カフェ", "■ MC\nあ")
    assert (first.start, first.end, first.where) == (DayTime(1, 570), DayTime(1, 600), "day1 / HOT STAGE  / 1")
    assert (second.start, second.end) == (DayTime(2, 630), DayTime(2, 1530))


def test_tif_with_dates_for_days_names_them() -> None:
    slot = {"start": "0930", "end": "1000", "artist": "あ"}
    parsed = read(json.dumps({"2027-08-06": {"HOT": [slot]}, "2027-08-07": {"HOT": [slot]}}))
    assert parsed.days == (date(2027, 8, 6), date(2027, 8, 7))
    assert parsed.slots[1].start == DayTime(date(2027, 8, 7), 570)


def test_a_bad_slot_of_tif_is_passed_over_with_its_place() -> None:
    good = {"start": "0930", "end": "1000", "artist": "あ"}
    slots = [good, dict(good, start="x"), 7, {"artist": "い"}, good]
    parsed = read(json.dumps({"day1": {"HOT": slots}, "note": "x"}))
    assert len(parsed.slots) == 2
    assert [fault.where for fault in parsed.passed_over] == [
        "day1 / HOT / 2",
        "day1 / HOT / 3",
        "day1 / HOT / 4",
        "note",
    ]
    assert [fault.harmless for fault in parsed.passed_over] == [False, False, False, True]


def test_the_booths_of_tif_are_greetings() -> None:
    slot = {"start": "0930", "end": "1000", "artist": "あ"}
    assert read(json.dumps({"day1": {"A": [slot], "T": [slot]}})).slots[0].kind is Kind.GREETING
    assert read(json.dumps({"day1": {"A": [slot], "HOT": [slot]}})).slots[0].kind is None


def test_greetings_with_booths_across_are_read() -> None:
    parsed = read(TSV)
    assert parsed.format == "greeting"
    assert [(slot.stage, slot.start, slot.title) for slot in parsed.slots[:4]] == [
        ("A", DayTime(1, 630), "あ"),
        ("C", DayTime(1, 630), "い（う）"),
        ("A", DayTime(1, 570), "え"),
        ("B", DayTime(1, 570), "お"),
    ]
    assert {slot.kind for slot in parsed.slots} == {Kind.GREETING}
    assert [stage.name for stage in parsed.stages] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "text",
    [
        "DAY2\n\t10：30～11：00\t11：00～11：30\nA\tあ\t\nB\t\tい\n",
        "2日目\nブースA\t10：30～11：00\tあ\nB\t1100\t1130\tい\n",
        "day\tbooth\ttime\tact\nday2\tA\t10:30-11:00\tあ\nday2\tB\t11:00-11:30\tい\n",
        "DAY2\n開始\t終了\tA\tB\n1030\t1100\tあ\n1100\t1130\t\tい\n",
    ],
)
def test_greetings_are_read_in_other_arrangements(text: str) -> None:
    parsed = read(text, fmt="greeting")
    assert [(slot.stage, slot.start, slot.end, slot.title) for slot in parsed.slots] == [
        ("A", DayTime(2, 630), DayTime(2, 660), "あ"),
        ("B", DayTime(2, 660), DayTime(2, 690), "い"),
    ]


def test_the_json_made_of_the_greetings_can_be_called_greeting() -> None:
    parsed = read('{"day1": {"A": [{"start": "1030", "end": "1100", "artist": "あ"}]}}', fmt="greeting")
    assert (parsed.format, parsed.slots[0].kind) == ("greeting", Kind.GREETING)


def test_frab_xml_is_read() -> None:
    parsed = read(XML)
    assert (parsed.format, parsed.name, parsed.timezone) == ("frab-xml", "Xfest & more", "Europe/Berlin")
    assert (parsed.days, parsed.day_boundary) == ((date(2027, 3, 27),), time(4))
    first, second = parsed.slots
    assert (first.stage, first.title, first.performers, first.kind) == (
        "Saal 1",
        "Opening",
        ("Alice", "Bob"),
        Kind.TALK,
    )
    assert first.start == datetime(2027, 3, 27, 9, tzinfo=UTC)
    assert first.end == timedelta(minutes=45)
    assert (second.start, second.end) == (DayTime(date(2027, 3, 27), 1410), timedelta(days=1, hours=2))


@pytest.mark.parametrize(
    ("ends", "change", "boundary"),
    [
        (("2027-03-28T03:59:00+01:00", "2027-03-29T04:00:00+02:00"), "", time(4)),
        (("2027-03-28T04:00:00+01:00", "2027-03-29T02:00:00+02:00"), "", None),
        (("2027-03-28T20:00:00+01:00",), "", None),
        (("", "2027-03-28T04:00:00+01:00"), "06:00:00", time(6)),
        ((), "09:00:00", time(9)),
        ((), "25:99", None),
    ],
)
def test_the_days_of_frab_end_when_they_all_say_so(ends: tuple[str, ...], change: str, boundary: time | None) -> None:
    assert boundary_of(ends, change) == boundary


def test_xml_in_shift_jis_is_read_by_its_declaration() -> None:
    text = XML.replace('"UTF-8"', '"Shift_JIS"').replace("Opening", "開会")
    assert parse(text.encode("cp932")).slots[0].title == "開会"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE s [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><schedule>&b;</schedule>', "declares entities"),
        ('<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><schedule>&a;</schedule>', "declares entities"),
        ('<?xml version="1.0"?>\n<schedule>\n<day></schedule>', "line 3, column 8: it is no XML: mismatched tag"),
        ("<rss/>", "is a <rss>, not a <schedule>"),
        ("<schedule>" * 40, "in another"),
        ("<schedule/>", "there is no slot in it"),
        ("<schedule a='" + "x" * 70_000 + "'/>", "has a tag of more than"),
    ],
)
def test_xml_that_is_broken_or_hostile_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SourceRefusedError, match=reason):
        read(text)


def test_a_day_of_frab_json_that_cannot_be_read_is_told() -> None:
    day = {"date": "2027-03-27", "rooms": {"Saal": [event()]}}
    days = [day, {"date": "2027-03-28", "rooms": [[event()]]}]
    parsed = read(json.dumps({"schedule": {"conference": {"title": "X", "days": days}}}))
    assert (len(parsed.slots), [fault.where for fault in parsed.passed_over]) == (1, ["day 2 / rooms"])


def test_frab_json_is_read_with_all_that_real_ones_leave_out() -> None:
    bare = {"start": "23:30", "duration": "01:30", "title": "Bare"}
    parsed = read(
        schedule(
            [
                event(guid="same", duration="00:45"),
                event(guid="same", duration="001:01:30", persons=[{"name": "Eve"}, {"public_name": "Ada"}, 7]),
                event(date="2027-03-27T10:00:00", duration=30),
                bare,
                event(duration="x"),
                "no event",
            ]
        )
    )
    first, second, third, fourth = parsed.slots
    assert (first.end, second.end, third.end) == (
        timedelta(minutes=45),
        timedelta(days=1, hours=1, minutes=30),
        timedelta(minutes=30),
    )
    assert second.performers == ("Eve", "Ada")
    assert third.start == datetime(2027, 3, 27, 10)  # noqa: DTZ001  (by the festival's clock)
    assert fourth.start == DayTime(date(2027, 3, 27), 1410)
    assert [fault.where for fault in parsed.passed_over] == ["day 1 / Saal / 5", "day 1 / Saal / 6"]
    assert parsed.day_boundary is None


def test_an_event_without_a_room_is_somewhere() -> None:
    assert read(schedule([event()], room="")).slots[0].stage == "TBA"
    assert read(schedule([event(room="Zelt")], room="")).slots[0].stage == "Zelt"


def test_ical_is_read() -> None:
    parsed = read(ICAL)
    assert (parsed.format, parsed.name) == ("ical", "Fes")
    first, second, third = parsed.slots
    assert (first.title, first.stage, first.detail) == ("朝, 夜", "HOT", "a\nb")
    assert first.start == datetime.fromisoformat("2027-08-06T10:30:00+09:00")
    assert first.end == datetime.fromisoformat("2027-08-06T11:00:00+09:00")
    assert (second.stage, second.end) == ("TBA", timedelta(minutes=45))
    assert third.start == datetime(2027, 8, 6, 12)  # noqa: DTZ001  (by the festival's clock)
    assert reasons(parsed) == [
        "event 2 (Two): it repeats; only its first time is taken",
        "event 4 (All day): it takes whole days",
        "event 5 (Off): it is cancelled",
        "event 6 (Endless): it has neither an end nor a duration",
    ]


@pytest.mark.parametrize(
    "text", ["BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nEND:VEVENT\n", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", ICAL[:300]]
)
def test_ical_that_is_broken_or_empty_is_refused(text: str) -> None:
    with pytest.raises(SourceRefusedError, match=r"no iCalendar|no slot"):
        read(text)


def test_a_table_is_read_by_its_header() -> None:
    parsed = read(CSV)
    assert parsed.format == "csv"
    assert [(slot.stage, slot.start, slot.end, slot.title) for slot in parsed.slots] == [
        ("HOT", DayTime(1, 630), DayTime(1, 660), "あ,い"),
        ("SKY", DayTime(2, 1530), DayTime(2, 1560), "う"),
        ("SKY", datetime(2027, 8, 6, 23, 30), datetime(2027, 8, 7, 0, 15), "え"),  # noqa: DTZ001
    ]
    assert parsed.slots[0].detail == "x\ny"
    assert reasons(parsed) == ["line 6: it has no end"]


@pytest.mark.parametrize(
    "text",
    [
        "day,stage,start,end,artist\n1,HOT,10:30,11:00,A\n",
        "day\tstage\tstart\tend\tartist\n1\tHOT\t1030\t1100\tA\n",
        "\ufeffDay;Stage;Time;Title\nDAY1;HOT;10:30-11:00;A\n",
        "Stage|Start|Duration|Act\nHOT|10:30|30|A\n",
        '\r\n"stage","start_time","end_time","title"\r\n"HOT","10:30","11:00","A"\r\n',
    ],
)
def test_a_table_may_have_any_delimiter_and_columns(text: str) -> None:
    (slot,) = read(text).slots
    assert (slot.stage, slot.start, slot.title) == ("HOT", DayTime(1, 630), "A")
    assert slot.end in {DayTime(1, 660), timedelta(minutes=30)}


def test_a_table_in_cp932_is_read() -> None:
    text = "ステージ,開始,終了,出演者,種別\n①,10:30,11:00,髙﨑,特典会\n"
    (slot,) = parse(text.encode("cp932")).slots
    assert (slot.stage, slot.title, slot.kind) == ("①", "髙﨑", Kind.GREETING)


def test_a_table_with_whole_moments_is_read() -> None:
    (slot,) = read("stage,start,end,title\nA,2027-08-06T10:30:00+09:00,2027/8/6 11:00,x\n").slots
    assert slot.start == datetime.fromisoformat("2027-08-06T10:30:00+09:00")
    assert slot.end == datetime(2027, 8, 6, 11)  # noqa: DTZ001  (by the festival's clock)


def test_fesfolio_is_read_and_a_stage_that_there_is_not_is_said() -> None:
    slot = {"stage_id": "a", "start": "23:30", "end": "00:10", "act": "あ", "type": "tokuten"}
    whole = {
        "event_name": "E",
        "date": "2027-08-06",
        "stages": [{"stage_id": "a", "stage_name": "ライブA"}],
        "timetable": [slot, dict(slot, stage_id="b")],
    }
    parsed = read(json.dumps(whole))
    (only,) = parsed.slots
    assert (only.stage, only.kind, only.start) == ("ライブA", Kind.GREETING, DayTime(date(2027, 8, 6), 1410))
    assert reasons(parsed) == ["timetable / 2 / stage_id: there is no stage “b” in stages"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b" \n", "it is empty"),
        (b'{"a": 1}', "its JSON is none of a timetable"),
        (b"[1, 2]", "its JSON is none of a timetable"),
        (b'{"day1":\n {"A" []}}', "line 2, column 7: it is no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"day1": ' + b"9" * 5_000 + b"}", "its JSON cannot be read"),
        (b"<html><body>503", "a page of HTML"),
        (b"abc\x81", "neither in UTF-8 nor in CP932"),
        (b"a,b,c\n1,2,3\n", "none that is known"),
        (b'{"day1": {}}', "there is no slot in it"),
        (b'{"schedule": {}}', "schedule / conference / days: there is no list of days"),
        (b'{"timetable": []}', "date: “” is no date"),
        (b'start,end,title\n10:00,11:00,"x\n', "line 2: it is no table"),
    ],
)
def test_what_cannot_be_read_is_refused_with_place_and_reason(body: bytes, reason: str) -> None:
    with pytest.raises(SourceRefusedError, match=f"^src(: .*)?: .*{reason}|^src: {reason}"):
        parse(body, place="src")


def test_sources_beyond_all_bounds_are_refused() -> None:
    slot = {"start": "0930", "end": "1000", "artist": "あ"}
    for body, reason in (
        (b" x" * 10_000_001, "20,000,002 bytes"),
        (json.dumps({"day1": {"A": [slot] * 20_001}}).encode(), "more than 20,000 slots"),
        (json.dumps({"day1": {str(number): [slot] for number in range(401)}}).encode(), "more than 400 stages"),
        (json.dumps({f"day{number}": {"A": [slot]} for number in range(1, 33)}).encode(), "more than 31 days"),
    ):
        with pytest.raises(SourceRefusedError, match=reason):
            parse(body)


def test_a_format_that_is_named_is_the_only_one_tried() -> None:
    with pytest.raises(SourceRefusedError, match="it is no JSON"):
        read(CSV, fmt="tif")
    with pytest.raises(SourceRefusedError, match="columns have no names"):
        read(XML, fmt="csv")


def test_faults_and_slots_are_named_with_their_source() -> None:
    parsed = read(CSV, place="table.csv")
    assert parsed.slots[0].where == "table.csv: line 2"
    assert reasons(parsed) == ["table.csv: line 6: it has no end"]
