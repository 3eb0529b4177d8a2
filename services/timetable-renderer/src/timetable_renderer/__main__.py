"""The command line: `serve`, `config`; `slots`, `validate`, `diff`, `render` on files; `add`, `fetch`; API keys."""

from genba_servicekit.cli import fail, service_cli
from genba_servicekit.commands_keys import add_key_commands
from timetable_renderer.adapters import schema
from timetable_renderer.adapters.fontfiles import FontMissingError
from timetable_renderer.app import service
from timetable_renderer.commands_reading import add_reading_commands
from timetable_renderer.commands_render import add_render_command
from timetable_renderer.commands_store import add_store_commands
from timetable_renderer.core.parsed import SourceRefusedError
from timetable_renderer.settings import TimetableSettings

cli = service_cli(service, help="A festival's official timetable and your picks, as one picture for the phone.")
add_reading_commands(cli)
add_render_command(cli)
add_store_commands(cli)
add_key_commands(
    cli, TimetableSettings, migrations="timetable_renderer.migrations", tables=schema.auth, editors="set festivals up"
)


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except (FontMissingError, SourceRefusedError) as error:  # of a service that cannot be put together
        fail(str(error))


if __name__ == "__main__":
    main()
