"""The tests' own tools: what they give, and that they fail loudly."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from genba_contracts.events import WikiEntryDeleted
from genba_servicekit.testing import (
    EventRecorder,
    app_client,
    missing,
    postgres_server,
    running_service,
    test_data,
    until,
)

steps: list[str] = []


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    steps.append("up")
    yield {"greeting": "hello"}
    steps.append("down")


async def greet(request: Request) -> JSONResponse:
    return JSONResponse([request.state.greeting, steps[-1]])


async def fail(request: Request) -> JSONResponse:
    raise LookupError("no greeting")


def app() -> Starlette:
    return Starlette(routes=[Route("/", greet), Route("/fail", fail)], lifespan=lifespan)


async def test_an_app_client_runs_the_lifespan_around_it_and_requests_see_its_state() -> None:
    steps.clear()
    async with app_client(app()) as client:
        assert (await client.get("/")).json() == ["hello", "up"]
    assert steps == ["up", "down"]


async def test_an_exception_of_the_application_is_the_tests_or_a_500_as_asked() -> None:
    async with app_client(app()) as client:
        with pytest.raises(LookupError, match="no greeting"):
            await client.get("/fail")
    async with app_client(app(), raise_app_exceptions=False) as client:
        assert (await client.get("/fail")).status_code == 500


async def test_a_lifespan_that_fails_to_start_fails_the_test_with_its_reason() -> None:
    @asynccontextmanager
    async def failing(app: Starlette) -> AsyncIterator[None]:
        raise OSError("no database")
        yield

    with pytest.raises((OSError, RuntimeError), match="no database"):
        async with app_client(Starlette(lifespan=failing)):
            pytest.fail("it started")


def test_what_is_missing_skips_with_the_target_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENBA_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="chromium is not installed: `make system-packages`"):
        missing("chromium")


def test_what_is_missing_fails_where_everything_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENBA_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="chromium is not installed"):
        missing("chromium")


def test_test_data_is_where_the_environment_says_or_the_test_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wiki").mkdir()
    monkeypatch.setenv("GENBA_TEST_DATA", str(tmp_path))
    assert test_data("wiki") == tmp_path / "wiki"
    with pytest.raises(pytest.skip.Exception, match="GENBA_TEST_DATA"):
        test_data("moon")


async def test_a_recorder_says_how_many_events_came_when_they_were_too_few() -> None:
    recorder = EventRecorder()
    event = WikiEntryDeleted(source="test", seq=1, keyword="北")
    await recorder(event)
    await recorder(event)
    assert await recorder.wait_for(events=1) == [event, event]
    assert recorder.ids == [event.id]
    with pytest.raises(TimeoutError, match="only 1 of 2 events"):
        await recorder.wait_for(events=2, timeout=0.01)


async def test_until_gives_up_on_what_never_holds() -> None:
    with pytest.raises(TimeoutError):
        await until(lambda: False, timeout=0.01)


SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/livez" else 404)
        self.end_headers()
        self.wfile.write(f"{os.environ['GENBA_DATA_DIR']} {os.environ.get('WIKI_X')}".encode())
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
if os.environ.get("WIKI_X") == "broken":
    sys.exit("no such wiki")
http.server.ThreadingHTTPServer((options["--host"], int(options["--port"])), Handler).serve_forever()
"""


def test_a_running_service_answers_survives_kill_9_and_is_gone_at_the_end() -> None:
    with running_service([sys.executable, "-c", SERVER], {"WIKI_X": "1"}) as service:
        folder, setting = httpx.get(f"{service.url}/livez").text.split()
        assert setting == "1"
        assert Path(folder).parent == service.log.parent
        first = service.process.pid
        service.kill9()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{service.url}/livez")
        service.start()
        assert service.process.pid != first
        assert httpx.get(f"{service.url}/livez").is_success
        assert "GET /livez" in service.output()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{service.url}/livez")
    assert not service.log.parent.exists()


def test_a_service_that_does_not_start_fails_with_its_output() -> None:
    with (
        pytest.raises(RuntimeError, match="no such wiki"),
        running_service([sys.executable, "-c", SERVER], {"WIKI_X": "broken"}),
    ):
        pytest.fail("it started")


def test_a_postgresql_keeps_what_was_committed_over_kill_9() -> None:
    with postgres_server() as server:
        url = server.create_database().replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server.kill9()
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_every_test_gets_an_empty_database_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
        connection.execute("CREATE TABLE mine (id int)")
