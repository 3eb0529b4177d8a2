"""The command line's launcher: `launch`."""

import asyncio
import os
import sys
import time
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from genba_servicekit.cli import fail
from spot_price.commands_watch import without_logs
from spot_price.core.controlling import Ended
from spot_price.core.regions import UnknownNameError
from spot_price.launch.options import LAUNCH, LaunchOptions, read_options
from spot_price.launch.printing import printed
from spot_price.launch.running import Work, left_behind, rehearse, standing, until_told
from spot_price.options import OptionError
from spot_price.ports import KeptError, LaunchRefusedError, LeaseLostError
from spot_price.watch.feed import Feed, FeedError
from spot_price.watch.opening import open_feed

OPTION: Final = LAUNCH.by_name
STOPPED: Final = 130
"""Exit code of what Ctrl-C ended."""
REFUSALS: Final = (
    UnknownNameError,
    FeedError,
    LaunchRefusedError,
    LeaseLostError,
    KeptError,
    ValueError,
    OSError,
    BotoCoreError,
    ClientError,
)
"""What is said in one line."""


def add_launch_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("launch")(launch_command)


def launch_command(  # noqa: PLR0917  (options of a command line, by name)
    command: Annotated[
        list[str] | None, typer.Argument(help="The job: what comes after --.", metavar="-- COMMAND…")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and what it would cost; start nothing.")
    ] = False,
    name: Annotated[str | None, OPTION["name"].typer("-n")] = None,
    store: Annotated[str | None, OPTION["store"].typer()] = None,
    code: Annotated[Path | None, OPTION["code"].typer()] = None,
    install: Annotated[list[str] | None, OPTION["install"].typer()] = None,
    types: Annotated[list[str] | None, OPTION["type"].typer("-t")] = None,
    regions: Annotated[list[str] | None, OPTION["regions"].typer("-r")] = None,
    product: Annotated[str | None, OPTION["product"].typer()] = None,
    subnet: Annotated[list[str] | None, OPTION["subnet"].typer()] = None,
    server: Annotated[str | None, OPTION["server"].typer()] = None,
    max_price: Annotated[str | None, OPTION["max-price"].typer()] = None,
    budget: Annotated[str | None, OPTION["budget"].typer()] = None,
    budget_hourly: Annotated[str | None, OPTION["budget-hourly"].typer()] = None,
    budget_time: Annotated[str | None, OPTION["budget-time"].typer()] = None,
    move_for: Annotated[str | None, OPTION["move-for"].typer()] = None,
    image: Annotated[list[str] | None, OPTION["image"].typer()] = None,
    instance_profile: Annotated[str | None, OPTION["instance-profile"].typer()] = None,
    security_group: Annotated[list[str] | None, OPTION["security-group"].typer()] = None,
    key_name: Annotated[str | None, OPTION["key-name"].typer()] = None,
    disk: Annotated[str | None, OPTION["disk"].typer()] = None,
    tag: Annotated[list[str] | None, OPTION["tag"].typer()] = None,
    user_data: Annotated[Path | None, OPTION["user-data"].typer()] = None,
    every: Annotated[str | None, OPTION["every"].typer()] = None,
    print_format: Annotated[str | None, OPTION["format"].typer()] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take the job from a launcher that is gone, or is to stop.")
    ] = False,
    config: Annotated[Path | None, LAUNCH.config_option] = None,
) -> None:
    """Start a job where it is cheapest, and look after it until it has ended.

    Try what would happen, with no AWS account:

      spot-price launch --dry-run --type g5.xlarge --budget 5 -- python train.py

    Then, with one:

      spot-price launch --type g5.xlarge --store s3://mine/jobs --code .
        --instance-profile genba-job --budget 5 -- python train.py

    It starts one Spot instance in the cheapest zone, from the job's last
    checkpoint on. When EC2 takes the instance back, the job gets SIGTERM, what
    it has saved in the folder GENBA_CHECKPOINTS is kept safe in the store, and
    it is started again elsewhere. It ends when the job ends or the budget is
    spent. After Ctrl-C the same command goes on.

    Each option may also stand in the environment (SPOT_LAUNCH_BUDGET=5; lists
    with commas) or in the table `launch` of a TOML file (budget = 5). The
    command line goes first, then the environment, then the file.

    The exit code is 0 if the job ended well, 1 if not, 2 if nothing could be
    started, 130 after Ctrl-C.
    """
    given = {
        "command": command,
        "name": name,
        "store": store,
        "code": code,
        "install": install,
        "type": types,
        "regions": regions,
        "product": product,
        "subnet": subnet,
        "server": server,
        "max-price": max_price,
        "budget": budget,
        "budget-hourly": budget_hourly,
        "budget-time": budget_time,
        "move-for": move_for,
        "image": image,
        "instance-profile": instance_profile,
        "security-group": security_group,
        "key-name": key_name,
        "disk": disk,
        "tag": tag,
        "user-data": user_data,
        "every": every,
        "format": print_format,
    }
    try:
        options = read_options(given, os.environ, config)
        _complete(options, dry_run=dry_run)
    except OptionError as error:
        fail(str(error))
    if dry_run:
        _dry_run(options)
    else:
        _launch(options, take_over=take_over)


def _complete(options: LaunchOptions, *, dry_run: bool) -> None:
    """Raises OptionError where something is missing that has no default."""
    if not options.command:
        raise OptionError("there is no command to run: it comes after --, as in `… -- python train.py`")
    if not options.type:
        raise OptionError("--type has to name an instance type, or a pattern such as g5.*")
    if dry_run:
        return
    if options.store is None:
        raise OptionError("--store has to say where the job is kept safe: s3://bucket/folder")
    if options.instance_profile is None and options.user_data is None:
        raise OptionError("--instance-profile has to name what lets the instance reach the store")


def _dry_run(options: LaunchOptions) -> None:
    feed = open_feed(options.server)

    async def look() -> str:
        try:
            return printed(await rehearse(options, feed), options)
        finally:
            await feed.close()

    try:
        with without_logs():
            typer.echo(asyncio.run(look()), nl=False)
    except REFUSALS as error:
        fail(_line(error))


def _launch(options: LaunchOptions, *, take_over: bool) -> None:
    console = Console(highlight=False, markup=False)
    feed: Feed = open_feed(options.server)

    def tell(line: str) -> None:
        console.print(f"{datetime.now().astimezone():%H:%M:%S} {line}", soft_wrap=True)

    work = Work(options, feed, tell, take_over=take_over)
    with without_logs(), console.status("looking at prices") if console.is_terminal else nullcontext() as status:
        try:
            ended: Ended = asyncio.run(
                until_told(
                    work,
                    feed,
                    lambda state: status.update(standing(state, options, int(time.time()))) if status else None,
                )
            )
        except (KeyboardInterrupt, asyncio.CancelledError):
            for line in left_behind(work.state, ["spot-price", *sys.argv[1:]]):
                tell(line)
            raise SystemExit(STOPPED) from None
        except REFUSALS as error:
            fail(_line(error))
    raise SystemExit(0 if ended.good else 1)


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)
