"""The document lists every option of the launcher, and says of them what the program does."""

from pathlib import Path

import typer
from typer.main import get_command

from spot_price.commands_instance import add_instance_command
from spot_price.commands_launch import add_launch_command
from spot_price.launch.options import LAUNCH, LaunchOptions, read_options

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "spot-price.md").read_text("utf-8")
SECTION = TEXT.partition("## Starting work where it is cheapest\n")[2].partition("\n### On the instance")[0]
INSTANCE = TEXT.partition("### On the instance\n")[2].partition("\n### What would it have cost?")[0]
ARGUMENT = "`-- COMMAND…`"


def table(section: str) -> dict[str, list[str]]:
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


def test_every_option_is_in_the_table_with_its_variable_its_default_and_what_it_sets() -> None:
    rows = table(SECTION)
    cli = typer.Typer(add_completion=False)
    add_launch_command(cli)
    taken = {opt for param in get_command(cli).params for opt in param.opts if opt.startswith("--")}
    assert {name.strip("`") for name in rows} - {ARGUMENT.strip("`")} == taken - {"--help"}
    for option in LAUNCH.options:
        name = ARGUMENT if option.name == "command" else f"`--{option.name}`"
        assert rows[name] == [f"`{LAUNCH.variable(option)}`", option.shown, option.help]
    assert rows["`--config`"][0] == f"`{LAUNCH.config_variable}`"


def test_every_option_of_the_watcher_is_in_its_table_with_its_default() -> None:
    cli = typer.Typer(add_completion=False)
    add_instance_command(cli)
    options = {param.opts[0]: param for param in get_command(cli).params if param.opts[0].startswith("--")}
    rows = {name.strip("`"): row for name, row in table(INSTANCE).items()}
    assert rows.keys() == options.keys() - {"--help"}
    for name, (shown, _) in rows.items():
        default = "needed" if options[name].required else str(options[name].default or "")
        assert shown == default, name


def test_the_defaults_that_are_told_are_the_defaults() -> None:
    told = {name: LAUNCH.by_name[name].shown for name in ("name", "install", "product", "every", "format")}
    assert read_options(told, {}) == LaunchOptions()


def test_the_file_that_is_shown_is_read(tmp_path: Path) -> None:
    path = tmp_path / "spot-price.toml"
    path.write_text(SECTION.partition("```toml\n")[2].partition("```")[0], "utf-8")
    options = read_options({}, {}, path)
    assert options.command == ("python", "train.py")
    assert options.image == {"us-east-1": "ami-0123456789abcdef0", "": "ssm:/mine/image"}
