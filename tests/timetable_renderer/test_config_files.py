"""Festivals' settings in files: TOML and JSON, and what is wrong with them in one sentence."""

import json
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.config_files import is_config, read_config
from timetable_renderer.core.parsed import SourceRefusedError

TOML = """
id = "fes"
name = "Fes"
days = [2027-08-06, "2027-08-07"]
day_boundary = 04:30:00
[[sources]]
url = "https://fes.test/time.json"
[[stages]]
name = "HOT"
colour = "#ABCDEF"
[[walks]]
stages = ["HOT", "SKY"]
minutes = 3
"""


def test_settings_are_read_from_toml_and_from_json() -> None:
    config = read_config(TOML.encode(), name="fes.toml")
    assert config.days == (date(2027, 8, 6), date(2027, 8, 7))
    assert config.day_boundary == time(4, 30)
    assert config.stages[0].colour == "#abcdef"
    body = json.dumps(config.to_json()).encode()
    assert read_config(b"\xef\xbb\xbf" + body, name="fes.json") == config
    assert is_config(body)
    assert is_config(TOML.encode())
    assert not is_config(b'{"day1": {}}')
    assert not is_config(b"day,start,end,title\n")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "f: id: Field required"),
        ("id = ", "f: end of document: it is no TOML: Invalid value"),
        ('{"id": "x",}', "f: line 1, column 1"),
        ("a = 1\na = 2\n", "f: line 2, column 6: it is no TOML: Cannot overwrite a value"),
        (TOML.replace('"fes"', '"Fes 1"'), "f: id: String should match pattern"),
        (TOML + 'timezone = "x"', "f: walks.1.timezone: Extra inputs are not permitted"),
        ('timezone = "Asia/Tokio"\n' + TOML, "f: timezone: there is no time zone “Asia/Tokio”"),
        (TOML.replace("#ABCDEF", "red"), "f: stages.1.colour: String should match pattern"),
        (TOML.replace('url = "', 'file = "x"\nurl = "'), "f: sources.1: a source has either a url or a file"),
        (TOML.replace("https:", "ftp:"), "f: sources.1.url: String should match pattern"),
        (TOML.replace("2027-08-07", "2027-08-05"), "f: days: days must be in order, each once"),
        ("id = " + "[" * 100_000, "f: "),
        ('{"id": ' + "[" * 100_000, "f: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(body: str, fault: str) -> None:
    with pytest.raises(SourceRefusedError) as error:
        read_config(body.encode(), name="f")
    assert any(str(one).startswith(fault) for one in error.value.faults), error.value.faults


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SourceRefusedError) as error:
        read_config(b'{"id": "X", "days": ["x"], "more": 1}', name="f")
    assert {fault.where for fault in error.value.faults} == {"f: id", "f: name", "f: days.1", "f: more"}


@settings(deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.integers(0, len(TOML)).map(lambda at: TOML[:at].encode())
)
def test_any_bytes_are_settings_or_refused(body: bytes) -> None:
    try:
        config = read_config(body, name="f")
    except SourceRefusedError:
        return
    assert FestivalConfig.model_validate(config.to_json()) == config
