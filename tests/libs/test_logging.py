"""Log lines carry the request's id; the line of a request is cheap, and stops nothing when nobody reads the log."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest
import structlog

from genba_servicekit.logging import (
    MAX_WAITING_LINES,
    AccessLog,
    configure_logging,
    get_logger,
    is_console,
    request_id_var,
)
from genba_servicekit.settings import ServiceSettings


@pytest.fixture
def _logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level, configuration = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = before, level
    structlog.configure(**configuration)


def note(access_log: AccessLog, path: str = "/keyword/曲", status: int = 200) -> None:
    access_log.line("r1", "GET", path, status=status, size=7800, seconds=0.00123, client="192.0.2.7")


async def test_a_request_is_one_json_line() -> None:
    stream = io.StringIO()
    access_log = AccessLog(console=False, stream=stream)
    note(access_log)
    access_log.close()
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "r1",
        "method": "GET",
        "path": "/keyword/曲",
        "status": 200,
        "bytes": 7800,
        "ms": 1.23,
        "client": "192.0.2.7",
    }


@pytest.mark.parametrize("path", ['/"\n{', "/\ud800", "/\x00\x1b[31m", "/" + "x" * 10_000])
@pytest.mark.parametrize("console", [True, False])
async def test_no_path_breaks_out_of_its_line(path: str, console: bool) -> None:
    stream = io.StringIO()
    access_log = AccessLog(console=console, stream=stream)
    note(access_log, path)
    access_log.close()
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    text.encode()
    if not console:
        assert json.loads(text)["path"] == path


class WatchedStream(io.StringIO):
    """Says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


async def test_lines_are_written_by_themselves_after_a_moment() -> None:
    stream = WatchedStream()
    access_log = AccessLog(console=True, stream=stream)
    note(access_log)
    note(access_log, status=404)
    assert not stream.getvalue()
    await asyncio.to_thread(stream.written.wait)
    assert [line.split()[1:3] for line in stream.getvalue().splitlines()] == [["200", "GET"], ["404", "GET"]]


class StandingStream(io.StringIO):
    """What reads the log has stopped reading."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        self.goes_on.wait()
        return super().write(text)


async def test_a_log_that_nobody_reads_stops_no_request_and_fills_no_memory() -> None:
    stream = StandingStream()
    access_log = AccessLog(console=False, stream=stream)
    note(access_log)
    await asyncio.sleep(0.3)  # the first line is being written now, for as long as it takes
    for _ in range(MAX_WAITING_LINES + 5):
        note(access_log)
    assert access_log.dropped == 5
    stream.goes_on.set()
    access_log.close()
    assert stream.getvalue().count("\n") >= MAX_WAITING_LINES


@pytest.mark.usefixtures("_logging_restored")
def test_structlog_and_the_standard_library_log_alike(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(ServiceSettings(log_format="json"))
    token = request_id_var.set("r7")
    get_logger("wiki").info("imported", entries=7101, keyword="曲\ud800")
    logging.getLogger("elsewhere").warning("careful with %s", "this")
    request_id_var.reset(token)
    get_logger("wiki").debug("not told")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert ours.items() >= {"event": "imported", "entries": 7101, "module": "wiki", "request_id": "r7"}.items()
    assert theirs.items() >= {"event": "careful with this", "level": "warning", "request_id": "r7"}.items()


@pytest.mark.usefixtures("_logging_restored")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_is_told_without_the_values_of_variables(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(ServiceSettings.model_validate({"log_format": log_format}))
    password = "hunter2"

    def check(given: str) -> None:
        raise ValueError(len(given))

    try:
        check(password)
    except ValueError:
        get_logger("wiki").exception("failed")
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert password not in told


def test_a_log_is_for_eyes_if_so_set_or_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    assert is_console(ServiceSettings())
    assert not is_console(ServiceSettings(log_format="json"))
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert not is_console(ServiceSettings())
    assert is_console(ServiceSettings(log_format="console"))
