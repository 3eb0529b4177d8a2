"""The command line that every service has, as real processes."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from genba_servicekit.cli import fail, fail_without, read_settings
from genba_servicekit.database import Database, DatabaseUnavailable
from genba_servicekit.testing import Forks, RunningService, running_service
from libs import demo_service

SERVE = ["demo", "serve"]


def run(*arguments: str, **env: str) -> Result:
    """Run a command that ends by itself, in this process."""
    return CliRunner().invoke(demo_service.cli, arguments, env=env)


@pytest.fixture(scope="module")
def demo() -> Iterator[Forks]:
    forks = Forks("libs.demo_service")
    yield forks
    forks.close()


@pytest.fixture(scope="module")
def service(demo: Forks) -> Iterator[RunningService]:
    with running_service(SERVE, {"GENBA_LOG_FORMAT": "json"}, forks=demo) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: RunningService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False) as opened:
        yield opened


def test_serve_says_where_it_is(service: RunningService) -> None:
    assert f"demo is at {service.url}\n" in service.output()


def test_port_0_takes_a_free_port_and_says_which() -> None:
    with subprocess.Popen(
        [sys.executable, demo_service.__file__, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("demo is at ").strip()
        assert httpx.get(f"{url}/livez", trust_env=False).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_taken_port_is_one_line_and_exit_code_2(service: RunningService) -> None:
    done = run("serve", "--port", str(service.port))
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"port {service.port} of 127.0.0.1 is taken")
    assert "DEMO_PORT" in done.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_this_machines_is_one_line_and_exit_code_2(host: str) -> None:
    done = run("serve", "--port", "0", "--host", host)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert host in done.stderr


def test_a_setting_that_does_not_fit_is_one_line_that_names_it() -> None:
    done = run("serve", DEMO_PORT="many", GENBA_LOG_LEVEL="loud")
    assert done.exit_code == 2
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["DEMO_PORT", "GENBA_LOG_LEVEL"]


def test_several_processes_share_a_port_if_each_says_so(demo: Forks) -> None:
    with (
        running_service([*SERVE, "--share-port"], forks=demo) as one,
        running_service([*SERVE, "--share-port"], port=one.port, forks=demo) as other,
    ):
        while "demo is at" not in other.output():  # until then it is the first that answers
            httpx.get(f"{one.url}/livez", trust_env=False)
        one.stop()
        assert httpx.get(f"{other.url}/livez", trust_env=False).status_code == 200


def test_a_unix_socket_is_taken_given_back_and_taken_over_from_the_dead(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    command = [sys.executable, demo_service.__file__, "serve", "--uds", str(path)]
    for end in (signal.SIGKILL, signal.SIGTERM):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"demo is at unix:{path}\n"
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as over_socket:
                headers = {"x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https"}
                seen = over_socket.get("http://demo/v1/who", headers=headers).json()
                assert seen == {"client": "192.0.2.9", "scheme": "https"}
            taken = run("serve", "--uds", str(path))
            assert (taken.exit_code, taken.stderr.count("\n")) == (2, 1)
            process.send_signal(end)
    assert not path.exists()


def test_a_proxys_word_is_believed_only_where_it_is_configured(demo: Forks, client: httpx.Client) -> None:
    headers = {"x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https"}
    assert client.get("/v1/who", headers=headers).json() == {"client": "192.0.2.9", "scheme": "https"}
    with running_service(SERVE, {"GENBA_FORWARDED_ALLOW_IPS": "192.0.2.1"}, forks=demo) as elsewhere:
        seen = httpx.get(f"{elsewhere.url}/v1/who", headers=headers, trust_env=False).json()
    assert seen == {"client": "127.0.0.1", "scheme": "http"}


def test_answers_do_not_tell_what_serves_them(client: httpx.Client) -> None:
    assert "server" not in client.get("/").headers


def test_head_works_over_the_wire_even_where_get_never_ends(client: httpx.Client) -> None:
    for path in ("/", "/v1/events", "/v1/slow", "/docs"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_a_body_that_is_too_long_gets_its_answer_and_the_connection_goes_on(client: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(80):
            yield b"x" * 65536

    for content in (b"x" * (5 << 20), pieces()):
        answer = client.put("/v1/notes/a", content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert client.get("/").status_code == 200


def test_requests_are_logged_with_their_ids(service: RunningService, client: httpx.Client) -> None:
    client.get("/v1/notes/a", headers={"x-request-id": "seen-in-the-log"})
    for _ in range(500):
        if '"request_id":"seen-in-the-log"' in service.output():
            return
        time.sleep(0.02)
    pytest.fail("the request is not in the log")


def test_what_is_no_http_is_refused_and_does_no_harm(service: RunningService, client: httpx.Client) -> None:
    for noise in (b"\x00\xff\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as raw:
            raw.sendall(noise)
            assert not raw.recv(100).startswith(b"HTTP/1.1 5")
    assert client.get("/").status_code == 200


def test_sigterm_ends_streams_at_once_and_exits_0(demo: Forks) -> None:
    # with a minute to wait for open requests: a stream that was not told to end would hold it up beyond this test
    with running_service(SERVE, {"GENBA_SHUTDOWN_TIMEOUT": "60"}, forks=demo) as own:
        with httpx.stream("GET", f"{own.url}/v1/events", trust_env=False, timeout=30) as stream:
            parts = stream.iter_raw()
            assert next(parts) == b":\n\n"
            own.process.terminate()
            assert list(parts) == []  # the end of the answer, not of the connection: that would raise
        assert own.process.wait(30) == 0


def test_a_request_that_does_not_end_is_cut_when_the_time_is_over(demo: Forks) -> None:
    with running_service(SERVE, {"GENBA_SHUTDOWN_TIMEOUT": "0"}, forks=demo) as own:
        with httpx.stream("GET", f"{own.url}/v1/slow", trust_env=False, timeout=30) as stream:
            parts = stream.iter_raw()
            assert next(parts) == b"begun"
            own.process.terminate()
            with pytest.raises(httpx.RemoteProtocolError):
                list(parts)
        assert own.process.wait(30) == 0


def test_config_lists_every_setting() -> None:
    done = run("config")
    assert done.exit_code == 0
    for name in ("DEMO_PORT", "GENBA_DATA_DIR", "GENBA_REDIS_URL", "GENBA_SHUTDOWN_TIMEOUT"):
        assert f"\n{name} " in done.stdout


def test_a_command_of_the_service_shows_its_progress_apart_from_what_it_gives() -> None:
    done = run("count", "3")
    assert done.stdout == "3\n"
    assert "3/3" in done.stderr


def test_fail_is_one_line_and_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fail("no such file", 3)
    assert ended.value.code == 3
    assert capsys.readouterr().err == "no such file\n"


def test_what_the_command_line_does_not_give_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PORT", "4711")
    settings = read_settings(demo_service.DemoSettings, port=None, host="::1")
    assert (settings.port, settings.host) == (4711, "::1")


def test_a_database_that_cannot_be_opened_is_one_line_without_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    database = Database("postgresql://ann:secret@nowhere/demo", migrations="wiki_linker.migrations")
    with pytest.raises(SystemExit) as left, fail_without(database):
        raise DatabaseUnavailable("no such host")
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "nowhere/demo: no such host" in said, "secret" in said) == (1, True, False)
