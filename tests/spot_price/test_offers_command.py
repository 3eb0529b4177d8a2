"""`spot-price offers`: ranked for people and for programs, and what goes wrong."""

import csv
import json
import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner, Result

from spot_price.commands_offers import add_offers_command
from spot_price.offers.options import OFFERS, OffersOptions, read_options
from spot_price.ports import SourceError
from spot_price.watch.direct import DirectFeed
from spot_watching import CATALOGUE, FakeSource

TEXT = (Path(__file__).parents[2] / "docs" / "spot-price.md").read_text("utf-8")
SECTION = TEXT.partition("\n## Offers\n")[2].partition("\n## ")[0]


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def offers(*arguments: str, source: FakeSource | None = None) -> Result:
    cli = typer.Typer()
    used = source or FakeSource()
    add_offers_command(cli, lambda _: DirectFeed(used, CATALOGUE))
    return CliRunner().invoke(cli, arguments)


def test_a_table_is_ranked_by_what_is_asked_for() -> None:
    result = offers("--by", "vcpu", "--limit", "2")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split()[:3] == ["#", "$/h", "$/vCPU"]
    assert lines[1].split() == [
        *("1", "0.4010", "0.0501", "0.4010", "0.0167", "67%", "use1-az1", "us-east-1a", "us-east-1", "g5.2xlarge"),
        *("1", "A10G"),
    ]
    assert len(lines) == 5
    assert lines[-1] == "synthetic (of a test), 2025-11-26T10:00:00Z, by vcpu; on demand as of 2025-11-01"


def test_csv_and_json_have_the_same_offers() -> None:
    rows = list(csv.DictReader(StringIO(offers("--by", "discount", "--format", "csv").stdout)))
    told = json.loads(offers("--by", "discount", "--format", "json").stdout)
    assert [row["zone_id"] for row in rows] == ["use1-az1", "use1-az2", "use1-az3"], "those with a discount alone"
    assert (told["by"], told["source"]) == ("discount", "synthetic (of a test)")
    assert [{name: str(value) for name, value in item.items()} for item in told["items"]] == rows
    assert rows[0]["key"] == "us-east-1|use1-az1|g5.2xlarge|Linux/UNIX"
    assert (rows[0]["per_gpu_gib"], rows[0]["discount"]) == ("0.01670833", "0.6691")


def test_offers_are_filtered_and_none_is_exit_code_1() -> None:
    rows = csv.DictReader(StringIO(offers("--max-price", "0.42", "-t", "g5.x*", "-r", "us", "--format", "csv").stdout))
    assert [(row["zone_id"], row["instance_type"]) for row in rows] == [
        ("use1-az1", "g5.xlarge"),
        ("use1-az2", "g5.xlarge"),
    ]
    none = offers("--gpus", "8")
    assert (none.exit_code, none.stdout.splitlines()[0]) == (1, "There is no such offer.")
    assert json.loads(offers("--gpus", "8", "--format", "json").stdout)["items"] == []


def test_a_region_that_fails_is_told_beside_them() -> None:
    result = offers(source=FakeSource(failing={"us-west-2": SourceError("EC2 throttles", code="throttled")}))
    assert (result.exit_code, result.stderr) == (0, "us-west-2: EC2 throttles\n")
    assert "euw1-az1" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--type", "g5.17xlarge"], "There is no instance type “g5.17xlarge”"),
        (["--regions", "mars"], "There is no region “mars”"),
        (["--product", "Linus"], "--product: There is no product description “Linus”"),
        (["--server", "here"], "--server: “here” is no address"),
        (["--max-price", "0"], "--max-price: “0” is no amount of dollars"),
        (["--max-price", "nan"], "--max-price: “nan” is no amount of dollars"),
        (["--gpus", "-1"], "--gpus: “-1” is no whole number from 0 to 100,000"),
        (["--limit", "0"], "--limit: “0” is no whole number from 1"),
        (["--by", "luck"], "--by: “luck” is no ranking: price, vcpu, gpu, gpu-memory, discount"),
        (["--format", "xml"], "--format: “xml” is no format: table, json, csv"),
    ],
)
def test_what_does_not_fit_is_one_line_and_exit_code_2(arguments: list[str], words: str) -> None:
    result = offers(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_every_option_is_in_the_documents_with_its_default() -> None:
    table = SECTION.partition("| option |")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "`--" in line]
    told = {row[0]: row[1:] for row in rows}
    cli = typer.Typer(add_completion=False)
    add_offers_command(cli)
    taken = {opt for param in get_command(cli).params for opt in param.opts if opt.startswith("--")}
    assert {name.strip("`") for name in told} == taken - {"--help"}
    for option in OFFERS.options:
        assert told[f"`--{option.name}`"] == [f"`{OFFERS.variable(option)}`", option.shown, option.help]
    assert told["`--config`"][0] == f"`{OFFERS.config_variable}`"
    shown = {option.name: option.shown for option in OFFERS.options if option.shown not in {"all", "none"}}
    assert read_options(shown, {}) == OffersOptions()


def test_the_environment_and_a_file_are_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[offers]\nformat = "csv"\nlimit = 2\ngpus = 1\n', "utf-8")
    monkeypatch.setenv("SPOT_OFFERS_TYPE", "g5.2xlarge")
    rows = list(csv.DictReader(StringIO(offers("--config", str(config), "--regions", "eu").stdout)))
    assert [(row["zone_id"], row["instance_type"]) for row in rows] == [
        ("euw1-az1", "g5.2xlarge"),
        ("euw1-az2", "g5.2xlarge"),
    ]


def test_the_commands_that_the_documents_show_are_run() -> None:
    shown = re.findall(r"^\$ spot-price offers (.*)$", SECTION, re.MULTILINE)
    assert len(shown) == 2
    for arguments in shown:
        assert offers(*shlex.split(arguments)).exit_code == 0
    heading = SECTION.partition(shown[0] + "\n")[2].splitlines()[0]
    assert offers(*shlex.split(shown[0])).stdout.splitlines()[0].split() == heading.split()
