"""Logs: structlog for what is told, and a quicker way for the one line that every request costs.

In production one JSON object a line on stderr, in a terminal something for the eye. Every line of a request carries its
id, and so do the lines of libraries that log with the standard library.
"""

import asyncio
import logging
import sys
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii as json_string
from typing import Any, Final, TextIO

import structlog

from genba_servicekit.settings import ServiceSettings

request_id_var: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this code runs for; empty outside of one. Outgoing calls send it as X-Request-ID."""

FLUSH_SECONDS: Final = 0.2  # a write per request would cost about as much as all the rest of the line
MAX_WAITING_LINES: Final = 20_000  # 4 MB, if what reads the log stands still; more are dropped and counted


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `module=name`: `log.info("imported", entries=7101)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def is_console(settings: ServiceSettings) -> bool:
    """Is the log for eyes? If so set, or if nothing is set and stderr is a terminal."""
    return settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())


def configure_logging(settings: ServiceSettings) -> None:
    """Set up structlog and the standard library's logging, once a process, both to stderr in the same form."""
    configure_structlog(settings)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_common(), structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    level = _level(settings)
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    for chatty in ("alembic", "httpx", "botocore", "aiobotocore", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def configure_structlog(settings: ServiceSettings) -> None:
    """Set up structlog alone: an application that runs inside of something else leaves that one's logging as it is."""
    structlog.configure(
        processors=[*_common(), *_rendering(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
        logger_factory=_stderr_logger,
        cache_logger_on_first_use=False,  # module-level loggers are made before this runs
    )


def _stderr_logger(*_args: Any) -> structlog.WriteLogger:
    return structlog.WriteLogger(sys.stderr)


def _level(settings: ServiceSettings) -> int:
    return logging.getLevelNamesMapping()[settings.log_level.upper()]


def _common() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _rendering(settings: ServiceSettings) -> list[structlog.typing.Processor]:
    if is_console(settings):
        # plain: the default shows local variables in tracebacks, passwords among them
        traceback = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := request_id_var.get():
        event["request_id"] = request_id
    return event


class AccessLog:
    """One line a request: 3 µs where structlog takes 24, because it is put together by hand and written in bundles.

    Lines leave a fifth of a second later at most, from a thread, so that a log that nobody reads stops no request.

    Args:
        console: for eyes, or else JSON with structlog's keys.
        stream: where to; stderr of the moment if None.
    """

    def __init__(self, *, console: bool, stream: TextIO | None = None) -> None:
        self._console = console
        self._stream = stream
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        self._second = 0
        self._stamp = ""
        self.dropped = 0

    def line(
        self, request_id: str, method: str, path: str, *, status: int, size: int, seconds: float, client: str
    ) -> None:
        """Note an answered request: the body's bytes, the seconds until its last byte was handed over."""
        lines = self._lines
        if len(lines) >= MAX_WAITING_LINES:
            self.dropped += 1
            return
        now = time.time()
        if (second := int(now)) != self._second:
            self._second = second
            self._stamp = time.strftime("%H:%M:%S" if self._console else "%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        if self._console:
            shown = path if path.isprintable() else ascii(path)
            lines.append(
                f"{self._stamp} {status} {method:<6} {shown}  {size} B  {seconds * 1e3:.1f} ms  {request_id}\n"
            )
        else:
            lines.append(
                f'{{"event":"request","level":"info","timestamp":"{self._stamp}.{int(now % 1 * 1e6):06d}Z",'
                f'"request_id":"{request_id}","method":{json_string(method)},"path":{json_string(path)},'
                f'"status":{status},"bytes":{size},"ms":{seconds * 1e3:.3f},"client":{json_string(client)}}}\n'
            )
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._writing is not None and not self._writing.done():
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)
            return
        text = "".join(self._lines)
        self._lines.clear()
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, text)

    def _write(self, text: str) -> None:
        stream = self._stream or sys.stderr
        stream.write(text)
        stream.flush()

    def close(self) -> None:
        """Write what is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            self._write("".join(self._lines))
            self._lines.clear()
