"""The command line that all services have: `serve`, `config`, and how a command says what is wrong.

cli = service_cli(spec, help="A wiki in which every mention becomes a link.")

@cli.command("import")
def import_entries(file: Path) -> None: ...
"""

import contextlib
import errno
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from starlette.types import ASGIApp

from genba_servicekit.database import Database, DatabaseUnavailable
from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.http_protocol import UNIX_CLIENT, BoundedHttp
from genba_servicekit.logging import configure_logging
from genba_servicekit.memory import give_memory_back, leave_alone_what_is_loaded
from genba_servicekit.migrate import NewerDatabaseError
from genba_servicekit.settings import ServiceSettings, ServiceSpec, settings_table

Settings = TypeVar("Settings", bound=ServiceSettings)

USAGE_EXIT_CODE: Final = 2
SWITCH_SECONDS: Final = 0.0005
"""How long a thread that computes may keep the interpreter from one that wants it, ten times shorter than Python's own.

The event loop wants it several times a request. While 100 pictures were drawn in two threads, a small answer took 7 ms
at the 99th percentile with this and 15 with Python's; the pictures took as long (docs/decisions/0072).
"""
KEEP_ALIVE_SECONDS: Final = (
    75  # longer than the pools of clients and proxies keep theirs (5 to 60 s), so that they close
)
BACKLOG: Final = 2048


def fail(message: str, code: int = USAGE_EXIT_CODE) -> NoReturn:
    """End the command with one line on stderr and an exit code."""
    typer.echo(message, err=True)
    raise SystemExit(code)


def read_settings(settings_cls: type[Settings], **given: Any) -> Settings:
    """Settings from the environment, with what the command line gave in place (None is not given).

    Ends the command with one line a fault if a value does not fit.
    """
    try:
        return settings_cls(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as exc:
        names = {row.name.partition("_")[2].lower(): row.name for row in settings_table(settings_cls)}
        faults = ((".".join(map(str, error["loc"])), error["msg"]) for error in exc.errors())
        fail("\n".join(f"{names.get(where, where)}: {what}" for where, what in faults))


@contextlib.contextmanager
def fail_without(database: Database) -> Iterator[None]:
    """Open the database inside: if that fails the command ends with one line, where it is (no password) and why."""
    try:
        yield
    except (DatabaseUnavailable, NewerDatabaseError, OSError) as error:
        fail(f"{database.url.render_as_string()}: {error}")


@contextlib.asynccontextmanager
async def open_database(settings: DatabaseSettings, migrations: str | Path) -> AsyncIterator[Database]:
    """The service's database, started, beside whatever server runs on it; ends the command with a line if none is."""
    database = Database(settings.database, migrations=migrations, read_threads=settings.read_threads)
    with fail_without(database):
        await database.start()
    try:
        yield database
    finally:
        await database.stop()


@contextlib.contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr for what takes more than a second; call what it gives with the number done since."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=total)
        yield lambda count: bar.advance(task, count)


def print_settings(*settings_classes: type[ServiceSettings]) -> None:
    """Print every setting of some services, each once: variable, default, unit, help."""
    table = Table("variable", "default", "unit", "what it sets", box=None, pad_edge=False)
    rows = {row.name: row for settings_cls in settings_classes for row in settings_table(settings_cls)}
    for row in rows.values():
        table.add_row(row.name, row.default or "-", row.unit, row.help)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


def service_cli(spec: ServiceSpec, *, help: str) -> typer.Typer:  # noqa: A002  (Typer's own word)
    """A command line with `serve` and `config`, to which a service adds its own commands."""
    cli = typer.Typer(name=spec.command, help=help, no_args_is_help=True, add_completion=False)

    @cli.command("serve")
    def serve_command(
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        port: Annotated[int | None, typer.Option(help=f"Port; 0 takes a free one. [{spec.default_port}]")] = None,
        uds: Annotated[Path | None, typer.Option(help="Unix socket in place of host and port.")] = None,
        share_port: Annotated[bool | None, typer.Option("--share-port", help="Several processes on one port.")] = None,
    ) -> None:
        """Serve until told to stop. Prints where, once it is ready."""
        given = {"host": host, "port": port, "uds": uds, "share_port": share_port}
        serve(spec.app, read_settings(spec.settings, **given), name=spec.name)

    @cli.command("config")
    def config_command() -> None:
        """List every setting: environment variable, default, unit, what it sets."""
        print_settings(spec.settings)

    return cli


def serve(app_factory: Callable[[Settings], ASGIApp], settings: Settings, *, name: str = "genba") -> None:
    """Serve an application until SIGINT or SIGTERM.

    The socket is taken before the application is made, so that a taken port costs no start-up: one line, exit code 2.
    When told to stop it takes no more connections, ends streams, and waits `shutdown_timeout` for the rest.
    """
    listener = _listen(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)  # uvicorn's own handlers stand in while it runs, and raise the signal again after
    where = _address(settings, listener)
    configure_logging(settings)
    give_memory_back()
    sys.setswitchinterval(SWITCH_SECONDS)
    app = app_factory(settings)
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        loop="uvloop",
        ws="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        # Whoever can reach a socket in the file system is this machine's own proxy. It is trusted by a name of its own:
        # of "*" uvicorn takes the first address in X-Forwarded-For, which is the client's own word.
        forwarded_allow_ips=_trusted(settings),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_timeout,
    )
    try:
        _Server(config, app, ready=lambda: typer.echo(f"{name} is at {where}")).run(sockets=[listener])
    finally:
        if settings.uds is not None:
            settings.uds.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """Says when it is ready, and tells the application that it stops before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, app: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            leave_alone_what_is_loaded()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stopping = getattr(getattr(self._app, "state", None), "stopping", None)
        if stopping is not None:
            stopping.set()
        await super().shutdown(sockets=sockets)


def _trusted(settings: ServiceSettings) -> str:
    allowed = settings.forwarded_allow_ips
    return f"{UNIX_CLIENT},{allowed}" if settings.uds is not None and allowed != "*" else allowed


def _leave(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _listen(settings: ServiceSettings) -> socket.socket:
    if settings.uds is not None:
        return _listen_at_path(settings.uds)
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as exc:
        fail(f"{settings.host} is no address to listen on: {exc.strerror}")
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.share_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            own = f"{settings.own_prefix}PORT"
            fail(f"port {settings.port} of {settings.host} is taken: stop what listens there, or set --port or {own}")
        fail(f"cannot listen on port {settings.port} of {settings.host}: {exc.strerror}")
    return listener


def _listen_at_path(path: Path) -> socket.socket:
    if path.is_socket():
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(str(path)) == 0:
                fail(f"{path} is taken: stop what listens there, or set --uds")
        path.unlink()  # left behind by a process that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        fail(f"cannot listen at {path}: {exc.strerror or exc}")
    return listener


def _address(settings: ServiceSettings, listener: socket.socket) -> str:
    if settings.uds is not None:
        return f"unix:{settings.uds}"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"
