"""The command line on files: every format, one line for what is wrong, and pictures of what was picked."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import timetable_renderer
from timetable_renderer.__main__ import cli

SAMPLE = str(Path(timetable_renderer.__file__).parent / "data" / "sample.toml")
TIF = '{"day1": {"HOT": [{"start": "1030", "end": "1100", "artist": "あさ", "detail": "null"}, %s]}}'
LATE = '{"start": "2530", "end": "2600", "artist": "よる", "detail": "null"}'


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def ids(*words: str) -> list[str]:
    return [slot["id"] for slot in json.loads(run("slots", *words, "--format", "json").stdout)]


def test_the_sample_has_enough_to_pick_from() -> None:
    slots = json.loads(run("slots", SAMPLE, "--format", "json").stdout)
    assert len(slots) == 385
    assert len({slot["stage"] for slot in slots}) == 15
    assert len({slot["day"] for slot in slots}) == 3
    assert {slot["kind"] for slot in slots} == {"live", "greeting"}
    assert [slot for slot in slots if slot["start"][:10] > slot["day"]]  # past midnight
    assert max(len(slot["title"]) for slot in slots) > 60
    symbols = set("☆♡❤︎～℃髙﨑")
    assert symbols <= set("".join(slot["title"] + slot["detail"] for slot in slots))


def test_slots_are_listed_with_their_ids() -> None:
    result = run("slots", SAMPLE, "--day", "1", "--stage", "deck 7")
    assert result.exit_code == 0
    header, *lines = result.stdout.splitlines()
    assert header.split() == ["id", "day", "time", "stage", "title"]
    assert len(lines) == 14
    assert all(line.startswith("20270806-") for line in lines)


def test_slots_can_be_narrowed_down() -> None:
    both = ids(SAMPLE, "--day", "2027-08-07", "--day", "3", "--name", "ひひら")
    assert both == []
    found = ids(SAMPLE, "--name", "ﾌﾟﾗﾈﾀﾘｳﾑ", "--day", "1")
    assert found
    assert set(found) < set(ids(SAMPLE, "--name", "プラネタリウム"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--day", "4"), "--day 4: the days are 2027-08-06"),
        (("--stage", "DECK 8"), "--stage DECK 8: the stages are 灯台ステージ, HARBOR STAGE"),
    ],
)
def test_a_day_or_stage_that_there_is_not_is_said(words: tuple[str, str], said: str) -> None:
    result = run("slots", SAMPLE, *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_without_dates_says_what_day_it_took() -> None:
    Path("tif.json").write_text(TIF % LATE, encoding="utf-8")
    result = run("slots", "tif.json", "--format", "json")
    assert [slot["day"] for slot in json.loads(result.stdout)] == ["2000-01-01", "2000-01-01"]
    assert "--first-day" in result.stderr
    result = run("slots", "tif.json", "--first-day", "2027-08-06")
    assert "20270806-0130-" in result.stdout
    assert "25:30–26:00" in result.stdout
    assert result.stderr == ""


def test_validate_says_what_is_in_a_file_and_what_is_passed_over() -> None:
    Path("tif.json").write_text(TIF % LATE.replace("よる", "未使用"), encoding="utf-8")
    result = run("validate", "tif.json", "--first-day", "2027-08-06")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "passed over: tif.json: day1 / HOT / 2: “未使用” is no performance",
        "tif: 2 slots read (tif), 1 kept, on 1 stage and 1 day from 2027-08-06, Asia/Tokyo",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "bad: it is empty"),
        (b'{"day1": ', "bad: line 1, column 10: it is no JSON"),
        (b"<!DOCTYPE html><p>x", "bad: it is a page of HTML, not a timetable"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><schedule>&a;</schedule>', "bad: its XML declares entities"),
        (b"<schedule><day>", "bad: line 1, column 16: it is no XML: no element found"),
        (b"\xff\xfe\xff", "bad: byte 3: it begins as UTF-16-LE but is not"),
        (b"hello", "bad: its format is none that is known"),
    ],
)
def test_what_is_no_timetable_is_refused_with_place_and_reason(body: bytes, said: str) -> None:
    Path("bad").write_bytes(body)
    for words in (("slots", "bad"), ("validate", "bad"), ("diff", "bad", "bad")):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stderr.startswith(said)
        assert result.stdout == ""


def test_a_file_that_is_not_there_is_said() -> None:
    result = run("slots", "nothing.json")
    assert (result.exit_code, result.stderr) == (2, "nothing.json: cannot be read: No such file or directory\n")


def test_diff_tells_what_is_new_what_went_and_what_moved() -> None:
    slot = '{"start": "%s", "end": "%s", "artist": "%s", "detail": "null"}'
    Path("old.json").write_text(TIF % ",".join([slot % ("1200", "1230", "うみ"), slot % ("1300", "1330", "やま")]))
    Path("new.json").write_text(TIF % ",".join([slot % ("1210", "1240", "うみ"), slot % ("1400", "1430", "そら")]))
    found = json.loads(run("diff", "old.json", "new.json", "--format", "json").stdout)
    assert [slot["title"] for slot in found["added"]] == ["そら"]
    assert [slot["title"] for slot in found["removed"]] == ["やま"]
    assert [(one["before"]["start"][11:16], one["after"]["start"][11:16]) for one in found["moved"]] == [
        ("12:00", "12:10")
    ]
    assert found["changed"] == []
    assert "- removed" in run("diff", "old.json", "new.json").stdout
    assert run("diff", "old.json", "old.json").stdout == "Nothing changed.\n"


def test_picks_become_a_picture() -> None:
    picks = ids(SAMPLE, "--day", "1")[:5]
    words = [word for pick in picks for word in ("--pick", pick)]
    result = run("render", SAMPLE, *words, "-o", "me.png")
    assert result.exit_code == 0, result.stderr
    with Image.open("me.png") as picture:
        picture.load()
        assert picture.width == 1080


def test_unknown_picks_are_all_named_and_nothing_is_drawn() -> None:
    (known, *_) = ids(SAMPLE)
    result = run("render", SAMPLE, "--pick", known, "--pick", "nope", "--pick", "20270806-1000-aaaaaa", "-o", "me.png")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "nope, 20270806-1000-aaaaaa" in result.stderr
    assert not Path("me.png").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pick", "x", "-o", "me.gif"), "me.gif: a picture's name ends in .png, .webp, .pdf or .svg"),
        (("-o", "me.png"), "pick something"),
        (("--all", "-o", "me.png", "--layout", "day", "--day", "9"), "there is no day 9"),
        (("--all", "-o", "no/such/folder/me.svg"), "no/such/folder/me.svg: No such file or directory"),
        (("--all", "-o", "me.png", "--language", "fr"), "--language fr: must be ja or en"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(words: tuple[str, ...], said: str) -> None:
    result = run("render", SAMPLE, *words)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert len(result.stderr.splitlines()) == 1
