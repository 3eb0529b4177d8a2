"""The command line: `serve`, `config`, keys; prices in files and on the screen; jobs and what they would have cost."""

from genba_servicekit.cli import service_cli
from genba_servicekit.commands_keys import add_key_commands
from spot_price.adapters import schema
from spot_price.app import service
from spot_price.commands_backtest import add_backtest_command
from spot_price.commands_files import add_file_commands
from spot_price.commands_forecast import add_forecast_command
from spot_price.commands_instance import add_instance_command
from spot_price.commands_launch import add_launch_command
from spot_price.commands_offers import add_offers_command
from spot_price.commands_watch import add_watch_command
from spot_price.settings import SpotSettings

cli = service_cli(service, help="What a GPU costs now in every zone, and starting the work where it is cheapest.")
add_key_commands(cli, SpotSettings, migrations="spot_price.migrations", tables=schema.auth, editors="set alerts up")
add_backtest_command(cli)
add_file_commands(cli)
add_forecast_command(cli)
add_instance_command(cli)
add_launch_command(cli)
add_offers_command(cli)
add_watch_command(cli)


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
