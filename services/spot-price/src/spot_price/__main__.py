"""The command line: `serve`, `config`."""

from genba_servicekit.cli import service_cli
from spot_price.app import service

cli = service_cli(service, help="What a GPU costs now in every zone, and starting the work where it is cheapest.")


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
