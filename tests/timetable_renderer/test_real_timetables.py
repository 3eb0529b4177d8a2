"""Every real timetable that we have, read whole: nothing is lost, nothing is invented."""

from collections import Counter
from datetime import date

import pytest

from genba_servicekit.testing import test_data
from timetable_renderer.core.assemble import Assembled, assemble
from timetable_renderer.core.bare import config_of
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.diff import compare
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.festival_json import digest, dump, load
from timetable_renderer.core.parsed import Parsed
from timetable_renderer.core.sources import parse

TIF_DAYS = (date(2017, 8, 4), date(2017, 8, 5), date(2017, 8, 6))
FILES = {
    "tif2017-time.json": ("tif", 657, 9),
    "tif2017-greeting.json": ("tif", 328, 20),
    "fesfolio-2025-11-30_i_tif-gakuensai-day2.json": ("fesfolio", 131, 13),
    "fesfolio-2025-12-06_o_shimokita.json": ("fesfolio", 179, 24),
    "frab-camp2019.facts.json": ("frab-json", 79, 2),
    "pretalx-rc3.facts.json": ("frab-json", 48, 5),
    "pretalx-democon.json": ("frab-json", 36, 2),
}


def read(name: str) -> Parsed:
    return parse((test_data("timetables") / name).read_bytes())


def made(name: str) -> Assembled:
    parsed = read(name)
    config = config_of(parsed, name, first_day=TIF_DAYS[0])
    return assemble(config, [(config.sources[0], parsed)])


@pytest.mark.parametrize("name", FILES)
def test_each_is_recognised_by_its_content_and_read_whole(name: str) -> None:
    parsed = read(name)
    stages = {slot.stage for slot in parsed.slots}
    assert (parsed.format, len(parsed.slots), len(stages)) == FILES[name]
    assert parsed.passed_over == ()


@pytest.mark.parametrize("name", FILES)
def test_each_becomes_a_festival_with_an_id_for_every_slot(name: str) -> None:
    found = made(name)
    festival = found.festival
    assert len({slot.id for slot in festival.slots}) == len(festival.slots)
    assert len(festival.slots) + len(found.passed_over) == FILES[name][1]
    assert all(fault.harmless for fault in found.passed_over)
    assert all(slot.end.timestamp() > slot.start.timestamp() for slot in festival.slots)
    assert all(slot.day in festival.days for slot in festival.slots)


@pytest.mark.parametrize("name", FILES)
def test_each_comes_back_from_storage_as_it_was(name: str) -> None:
    festival = made(name).festival
    again = load(dump(festival))
    assert again == festival
    assert dump(again) == dump(festival)
    assert digest(again) == digest(festival)
    assert not compare(festival, again)


def test_placeholders_of_tif_are_passed_over_and_said() -> None:
    assert [str(fault) for fault in made("tif2017-time.json").passed_over] == [
        "day1 / SMILE GARDEN / 18: “メンテナンス” is no performance"
    ]
    titles = Counter(fault.reason for fault in made("tif2017-greeting.json").passed_over)
    assert titles == {
        "“メンテナンス” is no performance": 3,
        "“調整中” is no performance": 1,
        "“” is no performance": 1,
    }


def test_the_dirt_of_tif_is_cleaned_and_its_symbols_stay() -> None:
    slots = made("tif2017-time.json").festival.slots
    titles = {slot.title for slot in slots}
    assert "ニコニコ❤︎LOVERS" in titles
    assert all(title == title.strip() for title in titles)
    first = next(slot for slot in slots if slot.title == "ラジオ体操")
    assert first.detail == "DJ ダイノジ\nアップアップガールズ（仮）\nアップアップガールズ（2）"
    assert not [slot for slot in slots if "null" in slot.detail or "<" in slot.detail]
    assert "純粋カフェ・ラッテ" in {slot.title for slot in made("tif2017-greeting.json").festival.slots}


def test_tif_and_its_greetings_make_one_festival() -> None:
    config = FestivalConfig(
        id="tif2017",
        name="TOKYO IDOL FESTIVAL 2017",
        days=TIF_DAYS,
        sources=(
            SourceConfig(file="tif2017-time.json"),
            SourceConfig(file="tif2017-greeting.json", kind=Kind.GREETING, stage_prefix="GREETING "),
        ),
    )
    sources = [(source, read(source.file or "")) for source in config.sources]
    festival = assemble(config, sources).festival
    assert len(festival.slots) == 656 + 323
    assert len(festival.stages) == 29
    assert Counter(slot.kind for slot in festival.slots) == {Kind.LIVE: 656, Kind.GREETING: 323}
    assert festival.days == TIF_DAYS
    assert {stage.name for stage in festival.stages} >= {"HOT STAGE", "GREETING A", "GREETING T"}


def test_days_of_conferences_end_when_they_say() -> None:
    camp = made("frab-camp2019.facts.json").festival
    assert len(camp.days) == 5
    assert camp.timezone == "Europe/Berlin"
    assert camp.day_boundary.hour == 4
    assert Counter(slot.day for slot in camp.slots) == {
        date(2019, 8, 21): 17,
        date(2019, 8, 22): 17,
        date(2019, 8, 23): 19,
        date(2019, 8, 24): 17,
        date(2019, 8, 25): 9,
    }
    assert next(slot for slot in camp.slots if slot.title == "Opening Ceremony").performers == ("jinxx", "smtw")


def test_meetings_and_shows_of_fesfolio_are_told_apart() -> None:
    slots = made("fesfolio-2025-11-30_i_tif-gakuensai-day2.json").festival.slots
    assert Counter(slot.kind for slot in slots) == {Kind.LIVE: 64, Kind.GREETING: 62, Kind.OTHER: 5}
