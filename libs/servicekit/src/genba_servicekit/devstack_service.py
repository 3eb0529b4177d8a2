"""One service of the development stack: its process, its lines in the terminal, its restarts."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from genba_servicekit.die_with_parent import die_with_parent_command
from genba_servicekit.redis_server import free_port
from genba_servicekit.settings import ServiceSettings, ServiceSpec

STOP_TIMEOUT: Final = 4.0  # seconds from SIGTERM to SIGKILL, so that Ctrl-C ends everything within five
SHUTDOWN_TIMEOUT: Final = "2"  # seconds that services give open streams, if they were not told another figure
PROBE_INTERVAL: Final = 0.1  # seconds between looks at /readyz
PROBE_TIMEOUT: Final = 2.0
SLOW_START: Final = 10.0  # seconds after which a start that is not ready says why
BACKOFF: Final = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before each further start
STABLE: Final = 30.0  # seconds ready after which an end counts as the first again
EXIT_MUST_CHANGE: Final = 2  # what a service's command ends with when starting it again cannot help
LONGEST_LINE: Final = 1 << 16  # bytes; a longer one is printed in pieces


class StackError(Exception):
    """Why the whole stack stops: what to print, and the exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Terminal:
    """Lines of several programs on one output, each after the program's name.

    Names are coloured where the output is a terminal and `NO_COLOR` is not set (no-color.org).
    """

    _COLOURS: Final = (36, 33, 35, 32, 34)

    def __init__(self, out: TextIO, names: list[str]) -> None:
        self.is_terminal = out.isatty()
        self.closed = asyncio.Event()
        self._out = out
        self._width = max(map(len, names))
        self._coloured = self.is_terminal and not os.environ.get("NO_COLOR")
        self._colours = dict(zip(names, self._COLOURS * len(names), strict=False))

    def say(self, name: str, line: str) -> None:
        """Print one line; if nobody reads any more, remember that in `closed`."""
        prefix = f"{name:{self._width}} |"
        if self._coloured and name in self._colours:
            prefix = f"\x1b[{self._colours[name]}m{prefix}\x1b[0m"
        try:
            self._out.write(f"{prefix} {line}\n")
            self._out.flush()
        except (BrokenPipeError, OSError):
            self.closed.set()


class DevService:
    """A service that is kept running.

    Args:
        spec: what it is.
        settings: as they were read from the environment.
        port_offset: added to its port.
        environ: what its process inherits.
        terminal: where its lines go.
    """

    def __init__(
        self,
        spec: ServiceSpec,
        settings: ServiceSettings,
        *,
        port_offset: int,
        environ: Mapping[str, str],
        terminal: Terminal,
    ) -> None:
        self.name = spec.name
        self.host = settings.host
        self.port = settings.port + port_offset if settings.port else free_port()
        self.port_variable = f"{settings.own_prefix}PORT"
        self.uds = settings.uds
        self.ready = asyncio.Event()
        self.env = {"GENBA_SHUTDOWN_TIMEOUT": SHUTDOWN_TIMEOUT, **environ, self.port_variable: str(self.port)}
        if terminal.is_terminal:
            self.env.setdefault("GENBA_LOG_FORMAT", "console")
        self._terminal = terminal
        self._sample = spec.sample
        # The commands stand beside this Python, whether or not its environment is active.
        path = os.pathsep.join((str(Path(sys.executable).parent), environ.get("PATH", os.defpath)))
        found = shutil.which(spec.command, path=path)
        if found is None:
            raise StackError(f"{spec.name}: the command {spec.command} is not installed", EXIT_MUST_CHANGE)
        self._command = found

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it; a service on a Unix socket has a path instead."""
        if self.uds:
            return str(self.uds)
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  (compared, not bound)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def _say(self, line: str) -> None:
        self._terminal.say(self.name, line)

    async def supervise(self) -> None:
        """Load the sample, then run the service, and start it again whenever it ends. Ends by being cancelled.

        Raises:
            StackError: it says itself that another start cannot help, or has failed too often in a row.
        """
        await self._load_sample()
        failures = 0
        while True:
            began = time.monotonic()
            async with self._running("serve") as process:
                probe = asyncio.create_task(self._announce())
                try:
                    code = await process.wait()
                finally:
                    probe.cancel()
            was_ready = self.ready.is_set()
            self.ready.clear()
            if code == EXIT_MUST_CHANGE:
                raise StackError(f"{self.name} cannot start as things are: see its last line", EXIT_MUST_CHANGE)
            failures = 0 if was_ready and time.monotonic() - began > STABLE else failures + 1
            if failures > len(BACKOFF):
                raise StackError(f"{self.name} ended {failures} times in a row: giving up", 1)
            delay = BACKOFF[max(failures - 1, 0)]
            self._say(f"ended with {_describe(code)}; starting it again in {delay:g} s")
            await asyncio.sleep(delay)

    async def _load_sample(self) -> None:
        """The service's own command decides whether it is empty; without its sample it still works."""
        if not self._sample:
            return
        async with self._running(*self._sample) as process:
            code = await process.wait()
        if code:
            self._say(f"could not load its sample: {_describe(code)}")

    @asynccontextmanager
    async def _running(self, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process of the service's command in a session of its own; all of that session is gone afterwards."""
        process = await asyncio.create_subprocess_exec(
            *die_with_parent_command([self._command, *arguments]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self.env,
        )
        lines = asyncio.create_task(self._relay(process))
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
            except TimeoutError:
                self._say(f"did not stop within {STOP_TIMEOUT:g} s: killing it")
            with suppress(ProcessLookupError):  # the rest of its session: workers that were left
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            with suppress(TimeoutError):  # a daemon that left the session may hold the pipe open
                await asyncio.wait_for(lines, PROBE_TIMEOUT)

    async def _relay(self, process: asyncio.subprocess.Process) -> None:
        """Print what the process writes, line by line."""
        if process.stdout is None:
            return
        rest = b""
        while piece := await process.stdout.read(LONGEST_LINE):
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) >= LONGEST_LINE:
                lines.append(rest)
                rest = b""
            for line in lines:
                self._say(line.decode(errors="replace").rstrip("\r"))
        if rest:
            self._say(rest.decode(errors="replace"))

    async def _announce(self) -> None:
        """Wait until the service is ready, and say where it is; if that takes long, say why."""
        slow = time.monotonic() + SLOW_START
        while True:
            status, body = await self._readyz()
            if status == 200:  # noqa: PLR2004  (HTTP's own figure)
                break
            if time.monotonic() > slow:
                self._say(f"is not ready yet: {body or 'it does not answer'}")
                slow = time.monotonic() + SLOW_START
            await asyncio.sleep(PROBE_INTERVAL)
        self._say(f"socket {self.uds}" if self.uds else f"{self.url}/   its API: {self.url}/docs")
        self.ready.set()

    async def _readyz(self) -> tuple[int, str]:
        """Status and body of `GET /readyz`; status 0 if it does not answer."""
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                if self.uds:
                    reader, writer = await asyncio.open_unix_connection(str(self.uds))
                else:
                    host = self.url.removeprefix("http://").rpartition(":")[0].strip("[]")
                    reader, writer = await asyncio.open_connection(host, self.port)
                writer.write(f"GET /readyz HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read(-1)
                writer.close()
        except (OSError, TimeoutError):
            return 0, ""
        head, _, body = answer.decode(errors="replace").partition("\r\n\r\n")
        words = head.split(" ", 2)
        return (int(words[1]), body.strip()) if len(words) > 1 and words[1].isdigit() else (0, "")


def _describe(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
