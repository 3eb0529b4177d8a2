"""The command line: `timetable-renderer slots`, `render`, `validate`, `diff`, `key`, `keys`, `revoke-key`."""

import typer

from timetable_renderer.commands_keys import add_key_commands
from timetable_renderer.commands_reading import add_reading_commands
from timetable_renderer.commands_render import add_render_command

cli = typer.Typer(
    name="timetable-renderer",
    help="A festival's official timetable and your picks, as one picture for the phone.",
    no_args_is_help=True,
    add_completion=False,
)
add_reading_commands(cli)
add_render_command(cli)
add_key_commands(cli)


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
