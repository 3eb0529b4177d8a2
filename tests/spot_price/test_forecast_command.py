"""`spot-price forecast`: what may be and how far to trust it, for people and for programs, and what goes wrong."""

import csv
import json
import re
import shlex
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner, Result

from spot_price.commands_forecast import add_forecast_command
from spot_price.core.forecast import HOUR
from spot_price.core.forecast_scoring import HOURS
from spot_price.core.records import Records
from spot_price.forecasts.options import FORECAST, ForecastOptions, read_options
from spot_price.ports import Query, SourceError
from spot_price.watch.direct import DirectFeed
from spot_watching import CATALOGUE, NOW, FakeSource

TEXT = (Path(__file__).parents[2] / "docs" / "spot-price.md").read_text("utf-8")
SECTION = TEXT.partition("\n## Forecasts\n")[2].partition("\n## ")[0]


class StandingSource(FakeSource):
    """Prices that never change: “it stays as it is” has no error."""

    async def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        async with aclosing(super().prices(region, query)) as pages:
            async for records in pages:
                yield replace(records, micros=np.full_like(records.micros, 400_000))


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def forecast(*arguments: str, source: FakeSource | None = None) -> Result:
    cli = typer.Typer()
    used = source or FakeSource()
    add_forecast_command(cli, lambda _: DirectFeed(used, CATALOGUE))
    result = CliRunner().invoke(cli, arguments)
    assert used.closed or result.exit_code == 2
    return result


def test_a_table_has_what_may_be_and_how_such_forecasts_fared() -> None:
    result = forecast("--regions", "us", "--hours", "6", "--cap", "0.5")
    assert result.exit_code == 0, result.output
    heading, first, *_, last = result.stdout.splitlines()
    assert heading.split()[:5] == ["$/h", "10%", "50%", "90%", "≤"]
    price, low, middle, high, under, staying, usual, *where = first.split()
    assert price == "0.4010"
    assert 0.397 <= float(low) <= float(middle) <= float(high) <= 0.405, "it has never moved by more than 0.004"
    assert under == "100%"
    assert max(float(staying), float(usual)) < 1
    assert where[1:] == ["use1-az1", "us-east-1a", "us-east-1", "g5.2xlarge"]
    assert last == "synthetic (of a test), 2025-11-26T10:00:00Z, in 6 h"


def test_json_and_csv_have_every_hour_alike() -> None:
    told = json.loads(forecast("--hours", "3", "--cap", "0.402", "--format", "json").stdout)
    rows = list(csv.DictReader(StringIO(forecast("--hours", "3", "--cap", "0.402", "--format", "csv").stdout)))
    assert (told["source"], told["cap"], told["failing"]) == ("synthetic (of a test)", 0.402, [])
    assert len(told["items"]) == 5
    flat = [
        {"key": item["key"], "at": hour["at"], "under": hour["under"], **hour["price"], **item["score"]}
        for item in told["items"]
        for hour in item["hours"]
    ]
    assert len(flat) >= 3, "the source comes back to its prices: there is something to forecast"
    assert [{name: str(value) for name, value in each.items()} for each in flat] == [
        {name: row[name] for name in flat[0]} for row in rows if row["at"]
    ]
    assert flat[0]["at"] == "2025-11-26T11:00:00Z"


def test_where_nothing_was_better_the_reason_is_told_and_the_exit_code_is_1() -> None:
    result = forecast("--regions", "us", source=StandingSource())
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].endswith("no better than what is free")
    (row, *_) = csv.DictReader(StringIO(forecast("--regions", "us", "--format", "csv", source=StandingSource()).stdout))
    assert (row["reason"], row["at"], row["p50"], row["tried"]) == ("not-better", "", "", "48")


def test_the_source_is_asked_for_now_and_then_for_as_much_as_a_judgement_takes() -> None:
    source = FakeSource()
    assert forecast("--regions", "eu", source=source).exit_code == 0
    assert [region for region, _ in source.asked] == ["eu-west-1"] * 2
    assert source.asked[1][1].start == NOW - HOURS * HOUR


def test_a_region_that_fails_is_told_beside_them() -> None:
    result = forecast(source=FakeSource(failing={"us-west-2": SourceError("EC2 throttles", code="throttled")}))
    assert (result.exit_code, result.stderr) == (0, "us-west-2: EC2 throttles\n")
    assert "euw1-az1" in result.stdout
    alone = forecast("-r", "us-west-2", source=FakeSource(failing={"us-west-2": SourceError("no", code="throttled")}))
    assert (alone.exit_code, alone.stdout.splitlines()[0]) == (1, "There is no such pool.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--type", "g5.17xlarge"], "There is no instance type “g5.17xlarge”"),
        (["--regions", "mars"], "There is no region “mars”"),
        (["--product", "Linus"], "--product: There is no product description “Linus”"),
        (["--server", "here"], "--server: “here” is no address"),
        (["--cap", "0"], "--cap: “0” is no amount of dollars"),
        (["--hours", "25"], "--hours: “25” is no whole number from 1 to 24"),
        (["--hours", "0"], "--hours: “0” is no whole number from 1 to 24"),
        (["--format", "xml"], "--format: “xml” is no format: table, json, csv"),
    ],
)
def test_what_does_not_fit_is_one_line_and_exit_code_2(arguments: list[str], words: str) -> None:
    result = forecast(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_too_many_pools_are_refused_before_their_past_is_asked_for() -> None:
    source = FakeSource(zones={"us-east-1": 101})
    result = forecast(source=source)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "101 pools; 100 is the most" in result.stderr
    assert len(source.asked) == 1


def test_every_option_is_in_the_documents_with_its_default() -> None:
    table = SECTION.partition("| option |")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "`--" in line]
    told = {row[0]: row[1:] for row in rows}
    cli = typer.Typer(add_completion=False)
    add_forecast_command(cli)
    taken = {opt for param in get_command(cli).params for opt in param.opts if opt.startswith("--")}
    assert {name.strip("`") for name in told} == taken - {"--help"}
    for option in FORECAST.options:
        assert told[f"`--{option.name}`"] == [f"`{FORECAST.variable(option)}`", option.shown, option.help]
    assert told["`--config`"][0] == f"`{FORECAST.config_variable}`"
    shown = {option.name: option.shown for option in FORECAST.options if option.shown not in {"all", "none"}}
    assert read_options(shown, {}) == ForecastOptions()


def test_the_environment_and_a_file_are_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[forecast]\nformat = "csv"\nhours = 2\n', "utf-8")
    monkeypatch.setenv("SPOT_FORECAST_TYPE", "g5.xlarge")
    rows = list(csv.DictReader(StringIO(forecast("--config", str(config), "--regions", "eu").stdout)))
    assert {row["instance_type"] for row in rows} == {"g5.xlarge"}
    assert {row["at"] for row in rows} <= {"2025-11-26T11:00:00Z", "2025-11-26T12:00:00Z", ""}


def test_the_commands_that_the_documents_show_are_run() -> None:
    shown = re.findall(r"^\$ spot-price forecast (.*)$", SECTION, re.MULTILINE)
    assert len(shown) == 2
    for arguments in shown:
        assert forecast(*shlex.split(arguments)).exit_code == 0
    heading = SECTION.partition(shown[0] + "\n")[2].splitlines()[0]
    assert forecast(*shlex.split(shown[0])).stdout.splitlines()[0].split() == heading.split()
