"""The document lists every option and every key of the monitor, and says of them what the program does."""

from pathlib import Path

import typer
from typer.main import get_command

from spot_price.commands_watch import add_watch_command
from spot_price.watch.keys import KEYS
from spot_price.watch.options import WATCH, read_options

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "spot-price.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows under a heading, without the first two lines."""
    section = TEXT.partition(f"### {heading}\n")[2].partition("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_every_option_is_in_the_table_with_its_variable_its_default_and_what_it_sets() -> None:
    rows = {row[0]: row[1:] for row in table("Options of the monitor")}
    cli = typer.Typer(add_completion=False)
    add_watch_command(cli)
    taken = {opt for param in get_command(cli).params for opt in param.opts if opt.startswith("--")}
    assert {name.strip("`") for name in rows} == taken - {"--help"}
    for option in WATCH.options:
        assert rows[f"`--{option.name}`"] == [f"`{WATCH.variable(option)}`", option.shown, option.help]
    assert rows["`--config`"][0] == f"`{WATCH.config_variable}`"


def test_every_key_is_in_the_table_with_what_it_does() -> None:
    assert table("Keys of the monitor") == [[key.shown, key.help] for key in KEYS]


def test_the_defaults_that_are_told_are_the_defaults(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    told = {option.name: option.shown for option in WATCH.options if option.shown not in {"all", "none"}}
    assert read_options({**told, "auto-refresh": float(told["auto-refresh"])}, environ) == read_options({}, environ)


def test_the_file_that_is_shown_is_read(tmp_path: Path) -> None:
    path = tmp_path / "spot-price.toml"
    path.write_text(TEXT.partition("```toml\n[watch]")[2].partition("```")[0].join(("[watch]", "")), "utf-8")
    assert read_options({}, {}, path).regions == ("us", "eu-west")


def test_the_picture_is_there() -> None:
    assert "images/spot-watch.svg" in TEXT
    assert (ROOT / "docs" / "images" / "spot-watch.svg").read_text("utf-8").startswith("<svg")
