"""Prices in files, as people type it: `spot-price import` and `export`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from genba_servicekit.testing import test_data
from spot_price.__main__ import cli

CSV = """\
Timestamp,AvailabilityZone,InstanceType,ProductDescription,SpotPrice
2026-05-01T10:00:00+00:00,us-east-1a,g5.xlarge,Linux/UNIX,0.4012
2026-05-01T11:00:00Z,us-east-1a,g5.xlarge,Linux/UNIX,0.41
2026-05-01T10:30:00+00:00,eu-west-1b,g6.xlarge,Windows,0.9
"""
AWS = {
    "SpotPriceHistory": [
        {
            "AvailabilityZone": "us-west-2a",
            "AvailabilityZoneId": "usw2-az2",
            "InstanceType": "p5.48xlarge",
            "ProductDescription": "Linux/UNIX",
            "SpotPrice": "17.250000",
            "Timestamp": "2026-05-02T00:00:00+00:00",
        }
    ]
}


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENBA_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SPOT_SOURCE", "aws")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(CSV)
    return path


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done


def exported(*args: object) -> list[str]:
    return sorted(run("export", "--format", "csv", *args).stdout.splitlines()[1:])


def test_what_is_imported_is_exported_and_a_second_time_changes_nothing(file: Path) -> None:
    assert "3 records, 3 of them new" in run("import", file).stdout
    assert "3 records, 0 of them new" in run("import", file).stdout
    assert exported() == [
        "2026-05-01T10:00:00+00:00,us-east-1,us-east-1a,,g5.xlarge,Linux/UNIX,0.401200,90000",
        "2026-05-01T10:30:00+00:00,eu-west-1,eu-west-1b,,g6.xlarge,Windows,0.900000,90000",
        "2026-05-01T11:00:00+00:00,us-east-1,us-east-1a,,g5.xlarge,Linux/UNIX,0.410000,90000",
    ]


def test_what_a_server_will_drop_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "old.csv"
    now = datetime.now(UTC)
    line = "{},us-east-1a,g5.xlarge,Linux/UNIX,0.4"
    moments = (now - timedelta(days=3), now - timedelta(days=2), now - timedelta(hours=1))
    old.write_text("\n".join([CSV.splitlines()[0], *(line.format(moment.isoformat()) for moment in moments)]))
    assert "SPOT_RETENTION" not in run("import", old).stderr
    monkeypatch.setenv("SPOT_RETENTION", "1")
    done = run("import", old)
    assert "3 records, 0 of them new" in done.stdout
    told = next(line for line in done.stderr.splitlines() if "SPOT_RETENTION" in line)
    assert "2 of them are from before" in told


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_an_export_comes_back_exactly(file: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", file)
    before = exported()
    run("export", tmp_path / f"out.{form}")
    monkeypatch.setenv("GENBA_DATA_DIR", str(tmp_path / "other"))
    assert "3 of them new" in run("import", tmp_path / f"out.{form}").stdout
    assert exported() == before


def test_what_the_aws_command_prints_is_read(tmp_path: Path) -> None:
    (tmp_path / "aws.json").write_text(json.dumps(AWS))
    run("import", tmp_path / "aws.json")
    assert exported() == [
        "2026-05-02T00:00:00+00:00,us-west-2,us-west-2a,usw2-az2,p5.48xlarge,Linux/UNIX,17.250000,90000"
    ]


def test_an_export_is_of_what_is_asked_for_with_the_price_in_force(file: Path) -> None:
    run("import", file)
    assert len(exported("--type", "g5.*")) == 2
    assert len(exported("--region", "eu")) == 1
    assert len(exported("--product", "windows")) == 1
    assert len(exported("--start", "2026-05-01T10:50:00", "--zone", "us-east-1a")) == 2
    assert [line[:19] for line in exported("--end", "2026-05-01T10:20:00")] == ["2026-05-01T10:00:00"]
    assert "no region" in run("export", "--region", "us-esat-1", code=2).stderr
    run("export", "--start", "2026-05-02", "--end", "2026-05-01", code=2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-05-01T10:00:00Z,us-east-1a,g5.xlarge,Linux/UNIX,free", "line 5: 'free' is no price"),
        ("yesterday,us-east-1a,g5.xlarge,Linux/UNIX,0.1", "line 5: 'yesterday' is no time"),
        ("2026-05-01T10:00:00Z,mars-1a,g5.xlarge,Linux/UNIX,0.1", "line 5: 'mars-1a' is no zone"),
        ("2026-05-01T10:00:00Z,us-east-1a,g5.xlarge", "line 5: 3 columns in place of 5"),
    ],
)
def test_a_broken_line_is_named_and_nothing_of_the_file_is_kept(file: Path, line: str, said: str) -> None:
    file.write_text(CSV + line + "\n")
    assert said in run("import", file, code=2).stderr
    assert exported() == []


def test_made_up_prices_are_not_mixed_with_real_ones(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPOT_SOURCE")
    done = run("import", file, code=2)
    assert "made-up" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_files_that_are_not_there_and_places_that_cannot_be_written_are_one_line(tmp_path: Path, file: Path) -> None:
    assert "No such file" in run("import", tmp_path / "nothing.csv", code=2).stderr
    run("import", file)
    assert "No such file" in run("export", tmp_path / "no/where.csv", code=2).stderr
    assert not list(tmp_path.glob(".*"))


def test_the_recorded_prices_come_in_and_out_whole(tmp_path: Path) -> None:
    folder = test_data("spot-prices")
    files = sorted(folder.glob("*.zst"))
    said = run("import", *files).stdout
    assert "69,269 records, 69,269 of them new" in said
    assert "33,362 records, 33,362 of them new" in said
    assert "102,631 records exported" in run("export", tmp_path / "all.parquet").stderr
