"""`spot-price watch` where there is no terminal: tables for people and programs, pictures, and what goes wrong."""

import csv
import json
import logging
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from spot_price.commands_watch import add_watch_command
from spot_price.ports import SourceError
from spot_price.watch.direct import DirectFeed
from spot_watching import CATALOGUE, FakeSource

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def watch(*arguments: str, source: FakeSource | None = None) -> Result:
    cli = typer.Typer()
    used = source or FakeSource()
    add_watch_command(cli, lambda _: DirectFeed(used, CATALOGUE))
    result = CliRunner().invoke(cli, arguments)
    assert used.closed or not used.asked
    return result


def test_a_table_is_printed_where_there_is_no_terminal() -> None:
    result = watch()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split()[:2] == ["$/h", "zone"]
    assert lines[1].split() == [
        *("0.4010", "use1-az1", "us-east-1a", "us-east-1", "g5.2xlarge", "Linux/UNIX", "2025-11-26", "09:30", "67%")
    ]
    assert len(lines) == 8
    assert lines[-1] == "synthetic (of a test), 2025-11-26T10:00:00Z; on demand as of 2025-11-01"


def test_csv_and_json_have_the_same_prices_and_nothing_unknown_is_made_up() -> None:
    rows = list(csv.DictReader(StringIO(watch("--once", "--format", "csv").stdout)))
    told = json.loads(watch("--once", "--format", "json", "--type", "g5.*").stdout)
    assert [row["zone_id"] for row in rows] == ["use1-az1", "use1-az2", "use1-az3", "euw1-az1", "euw1-az2"]
    assert (told["source"], told["synthetic"], told["now"]) == ("synthetic (of a test)", True, "2025-11-26T10:00:00Z")
    assert len(told["items"]) == 10
    first = next(item for item in told["items"] if item["instance_type"] == "g5.2xlarge")
    assert {name: str(value) for name, value in first.items()} == rows[0]
    assert rows[3]["on_demand"] == ""
    assert told["items"][-1]["discount"] is None


def test_a_region_that_fails_is_told_beside_the_table() -> None:
    failing = {"us-west-2": SourceError("EC2 throttles", code="throttled")}
    result = watch("--once", source=FakeSource(failing=failing))
    assert result.exit_code == 0
    assert result.stderr == "us-west-2: EC2 throttles\n"
    assert "euw1-az1" in result.stdout
    result = watch("--once", source=FakeSource(zones={}, failing=failing))
    assert result.exit_code == 1


def test_a_file_and_the_environment_are_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[watch]\nformat = "csv"\nregions = ["eu"]\n', "utf-8")
    monkeypatch.setenv("SPOT_WATCH_TYPE", "g5.xlarge")
    rows = list(csv.DictReader(StringIO(watch("--config", str(config)).stdout)))
    assert [(row["zone_id"], row["instance_type"]) for row in rows] == [
        ("euw1-az1", "g5.xlarge"),
        ("euw1-az2", "g5.xlarge"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--window", "3 weeks"], "--window: “3 weeks” is no window"),
        (["--config", "none.toml"], "none.toml: No such file or directory"),
        (["--regions", "mars"], "There is no region “mars”"),
        (["--type", "g5.17xlarge"], "There is no instance type “g5.17xlarge”"),
        (["--screenshot", "none/there.svg"], "none/there.svg: No such file or directory"),
        (["--screenshot", "there.svg", "--size", "big"], "--size: “big” is no size"),
    ],
)
def test_what_does_not_fit_is_one_line_and_exit_code_2(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = watch(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_cannot_be_asked_is_one_line_and_exit_code_2() -> None:
    expired = SourceError("the credentials have expired", code="credentials")
    result = watch("--once", source=FakeSource(failing={"all": expired}))
    assert (result.exit_code, result.stderr) == (2, "synthetic (of a test): the credentials have expired\n")


def test_logs_are_as_before_when_it_has_ended() -> None:
    before = structlog.get_config()
    watch("--once")
    assert structlog.get_config() == before
    assert logging.root.manager.disable == logging.NOTSET


def test_a_screenshot_is_an_svg_with_the_lines_dot_by_dot_and_no_font_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "monitor.svg"
    assert watch("--screenshot", str(path), "--size", "90x24").exit_code == 0
    text = path.read_text("utf-8")
    root = ET.fromstring(text)
    assert root.get("viewBox") == f"0 0 {90 * 8} {24 * 18}"
    words = [element.text for element in root.iter(f"{SVG}text")]
    for word in ("g5.2xlarge", "synthetic", "use1-az1", "0.4010", "keys"):
        assert word in words
    assert len(list(root.iter(f"{SVG}path"))) == 5  # one a colour: five lines, and their samples in the legend
    assert not any("\u2800" <= sign <= "\u28ff" for sign in text)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
