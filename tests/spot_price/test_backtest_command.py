"""The backtest's command: the same figures as a table and as JSON, and one line for what is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spot_price.__main__ import cli
from spot_price.core.durations import seconds_of, words_of

HEADER = "Timestamp,AvailabilityZone,InstanceType,ProductDescription,SpotPrice\n"
ROWS = (
    ("00:00", "a", "g5.xlarge", "0.4"),
    ("00:00", "b", "g5.xlarge", "0.5"),
    ("06:00", "a", "g5.xlarge", "1.4"),
    ("10:00", "b", "g5.xlarge", "0.5"),
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "prices.csv"
    lines = [f"2026-01-01T{at}:00Z,us-east-1{zone},{name},Linux/UNIX,{price}" for at, zone, name, price in ROWS]
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return str(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["backtest", *words])


def test_every_policy_has_its_line_and_each_zone_is_tried(file: str) -> None:
    result = run(file, "--on-demand", "1")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [" ".join(words[:2]) for words in lines[3:]] == [
        "on-demand 1.0101",
        "fixed us-east-1a",
        "fixed us-east-1b",
        "cheapest 0.4521",
        "chase 0.4521",
    ]


def test_the_same_is_had_as_json(file: str) -> None:
    words = (file, "--on-demand", "1", "--policy", "cheapest", "--boot", "0s", "--checkpoint", "1h", "--format", "json")
    outcome = json.loads(run(*words).stdout)["outcomes"][0]
    assert outcome["dollars"] == pytest.approx(6 * 0.4 + 4 * 0.5, abs=0.001)
    assert (outcome["launches"], outcome["interruptions"], outcome["moves"]) == (2, 1, 0)
    assert outcome["useful_hours"] == pytest.approx(10, abs=0.001)


def test_zones_regions_and_a_window_narrow_it_down(file: str) -> None:
    words = (file, "--on-demand", "1", "--policy", "fixed", "--format", "json")
    by_zone = json.loads(run(*words, "--zone", "us-east-1b", "--region", "us").stdout)["outcomes"]
    assert [each["zone"] for each in by_zone] == ["us-east-1b"]
    short = json.loads(run(*words, "--start", "2026-01-01", "--end", "2026-01-01T03:00:00").stdout)["outcomes"]
    assert {each["hours"] for each in short} == {3}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "g5.2xlarge"), "There is no instance type “g5.2xlarge”. Did you mean g5.xlarge?"),
        (("--region", "us-eats-1"), "There is no region “us-eats-1”. Did you mean us-east-1"),
        (("--product", "BeOS"), "There is no product description “BeOS”"),
        (("--zone", "us-east-1f"), "there is no price in it"),
        (("--boot", "soon"), "'soon' is no length of time such as 90s, 6m, 1h30m or 2d"),
        (("--checkpoint", "0s"), "the time between checkpoints 1 s or more"),
        (("--end", "2025-01-01"), "there is no price between its start and its end"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(file: str, words: tuple[str, ...], said: str) -> None:
    result = run(file, "--on-demand", "1", *words)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert said in result.stderr


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, file: str) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + "yesterday,us-east-1a,g5.xlarge,Linux/UNIX,0.4\n")
    assert run(str(bad), "--on-demand", "1").stderr == f"{bad}: line 2: 'yesterday' is no time\n"
    assert "No such file" in run("nowhere.csv", "--on-demand", "1").stderr


def test_several_types_must_be_told_apart(tmp_path: Path, file: str) -> None:
    other = tmp_path / "other.csv"
    other.write_text(Path(file).read_text().replace("g5.xlarge", "g4dn.xlarge"))
    result = run(file, str(other), "--on-demand", "1")
    assert result.stderr == "there are 2 instance types (g4dn.xlarge, g5.xlarge…): name one with --type\n"
    assert run(file, "--on-demand", "1", "--type", "g5.xlarge").exit_code == 0


def test_lengths_of_time_are_read_as_people_write_them() -> None:
    texts = ("90", "90s", "6m", "1.5h", "1h30m", "2d", " 10M ")
    assert [seconds_of(text) for text in texts] == [90, 90, 360, 5400, 5400, 172_800, 600]
    for wrong in ("", "m", "6 m", "1x", "-5m", "1h-2m"):
        with pytest.raises(ValueError, match="no length of time"):
            seconds_of(wrong)
    assert [words_of(seconds) for seconds in (0, 90, 360, 9000, 200_000)] == [
        "0 s",
        "90 s",
        "6 min",
        "2.5 h",
        "2.3 days",
    ]
