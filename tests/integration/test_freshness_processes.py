"""No page of any process is behind a write that was answered: real processes, a real Redis, a real PostgreSQL."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from genba_servicekit.testing import RedisServer
from wiki_helpers import WIKI, entry_path, key_of, make_user, wiki_process

WRITES = 60


def html_of(client: httpx.Client, keyword: str, headers: dict[str, str] | None = None) -> str:
    answer = client.get(f"{entry_path(keyword)}?include=html", headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["html"])


def link(keyword: str) -> str:
    return f'<a href="/keyword/{keyword}">{keyword}</a>'


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_processes_of_one_host_see_each_others_writes_at_once(tmp_path: Path) -> None:
    with wiki_process(tmp_path) as one, wiki_process(tmp_path) as other:
        make_user(tmp_path)
        with httpx.Client(base_url=one.url) as writer, httpx.Client(base_url=other.url) as reader:
            key = key_of(writer)
            text = " ".join(f"word{number}" for number in range(WRITES))
            assert writer.put(entry_path("page"), json={"description": text}, headers=key).status_code == 201
            for number in range(WRITES):
                word = f"word{number}"
                pair = (writer, reader) if number % 2 else (reader, writer)
                saved = pair[0].put(entry_path(word), json={"description": "new"}, headers=key)
                assert saved.status_code == 201
                assert link(word) in html_of(pair[1], "page")
                if number % 3 == 0:
                    assert pair[1].delete(entry_path(word), headers=key).status_code == 204
                    assert link(word) not in html_of(pair[0], "page")


def test_a_session_that_ended_in_one_process_has_ended_in_all(tmp_path: Path) -> None:
    with wiki_process(tmp_path) as one, wiki_process(tmp_path) as other:
        make_user(tmp_path)
        with httpx.Client(base_url=one.url) as here, httpx.Client(base_url=other.url) as there:
            answer = here.post("/v1/sessions", json={"name": "editor", "password": "correct horse battery"})
            there.cookies.set("wiki_session", answer.json()["token"])
            assert there.get("/v1/users/me").status_code == 200
            assert here.delete("/v1/sessions/current").status_code == 204
            assert there.get("/v1/users/me").status_code == 401


def test_what_a_command_imports_is_served_at_once(tmp_path: Path) -> None:
    with wiki_process(tmp_path) as service, httpx.Client(base_url=service.url) as client:
        make_user(tmp_path)
        key = key_of(client)
        client.put(entry_path("page"), json={"description": "encore and more"}, headers=key)
        assert link("encore") not in html_of(client, "page")
        make_import(tmp_path, '{"keyword": "encore", "description": "One more."}\n')
        assert link("encore") in html_of(client, "page")


def make_import(data: Path, lines: str) -> None:
    file = data / "lines.ndjson"
    file.write_text(lines)
    done = WIKI.run("import", str(file), env={"GENBA_DATA_DIR": str(data)})
    assert done.returncode == 0, done.stderr


class TwoHosts:
    """Two processes that share a database and perhaps a Redis, but no memory: each has a data folder of its own."""

    def __init__(self, stack: ExitStack, folder: Path, database: str, **settings: str) -> None:
        self.database = {"WIKI_DATABASE_URL": database}
        self.services = [
            stack.enter_context(wiki_process(folder / name, **self.database, **settings)) for name in ("one", "other")
        ]
        make_user(folder / "one", settings=self.database)
        self.one, self.other = (stack.enter_context(httpx.Client(base_url=one.url)) for one in self.services)
        self.key = key_of(self.one)


def test_another_host_is_behind_for_no_longer_than_the_poll(
    clients: ExitStack, tmp_path: Path, postgres_url: str
) -> None:
    hosts = TwoHosts(clients, tmp_path, postgres_url, WIKI_POLL_INTERVAL="0.2")
    hosts.one.put(entry_path("page"), json={"description": "encore"}, headers=hosts.key)
    time.sleep(1)
    assert link("encore") not in html_of(hosts.other, "page")
    hosts.one.put(entry_path("encore"), json={"description": "new"}, headers=hosts.key)
    assert wait_for(lambda: link("encore") in html_of(hosts.other, "page")) < 2


def test_the_bus_tells_another_host_long_before_the_poll(
    clients: ExitStack, tmp_path: Path, postgres_url: str, redis: RedisServer
) -> None:
    hosts = TwoHosts(clients, tmp_path, postgres_url, WIKI_POLL_INTERVAL="60", GENBA_REDIS_URL=redis.url)
    hosts.one.put(entry_path("page"), json={"description": "encore"}, headers=hosts.key)
    wait_for(lambda: hosts.other.get(entry_path("page")).status_code == 200)
    hosts.one.put(entry_path("encore"), json={"description": "new"}, headers=hosts.key)
    assert wait_for(lambda: link("encore") in html_of(hosts.other, "page")) < 5


def test_a_client_reads_its_own_writes_on_every_host(clients: ExitStack, tmp_path: Path, postgres_url: str) -> None:
    hosts = TwoHosts(clients, tmp_path, postgres_url, WIKI_POLL_INTERVAL="60")
    hosts.one.put(entry_path("page"), json={"description": "word1 word2 word3"}, headers=hosts.key)
    for number in (1, 2, 3):
        saved = hosts.one.put(entry_path(f"word{number}"), json={"description": "new"}, headers=hosts.key)
        seen = {"Genba-Seq": saved.headers["Genba-Seq"]}
        assert link(f"word{number}") in html_of(hosts.other, "page", seen)
    # A browser carries the same number as a cookie.
    saved = hosts.one.put(entry_path("word2"), json={"description": "newer"}, headers=hosts.key)
    hosts.other.cookies.set("wiki-seq", saved.headers["Genba-Seq"])
    assert hosts.other.get(entry_path("word2")).json()["description"] == "newer"


def test_with_strict_freshness_every_host_is_level_at_once(
    clients: ExitStack, tmp_path: Path, postgres_url: str, redis: RedisServer
) -> None:
    strict = {"WIKI_POLL_INTERVAL": "60", "WIKI_STRICT_FRESHNESS": "true", "GENBA_REDIS_URL": redis.url}
    hosts = TwoHosts(clients, tmp_path, postgres_url, **strict)
    text = " ".join(f"word{number}" for number in range(20))
    hosts.one.put(entry_path("page"), json={"description": text}, headers=hosts.key)
    for number in range(20):
        writer, reader = (hosts.one, hosts.other) if number % 2 else (hosts.other, hosts.one)
        saved = writer.put(entry_path(f"word{number}"), json={"description": "new"}, headers=hosts.key)
        assert saved.status_code == 201, saved.text
        assert link(f"word{number}") in html_of(reader, "page")


def test_with_strict_freshness_and_no_redis_nothing_is_served_that_may_be_old(
    clients: ExitStack, tmp_path: Path, postgres_url: str, redis: RedisServer
) -> None:
    strict = {"WIKI_STRICT_FRESHNESS": "true", "GENBA_REDIS_URL": redis.url}
    hosts = TwoHosts(clients, tmp_path, postgres_url, **strict)
    hosts.one.put(entry_path("page"), json={"description": "encore"}, headers=hosts.key)
    assert hosts.other.get(entry_path("page")).status_code == 200
    redis.kill9()
    answer = hosts.other.get(entry_path("page"))
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    redis.restart()  # it kept nothing: the number comes from the database again
    wait_for(lambda: hosts.other.get(entry_path("page")).status_code == 200)
    saved = hosts.one.put(entry_path("encore"), json={"description": "new"}, headers=hosts.key)
    assert saved.status_code == 201, saved.text
    assert link("encore") in html_of(hosts.other, "page")


def wait_for(holds: object) -> float:
    """Seconds until it holds."""
    began = time.monotonic()
    while not holds():  # type: ignore[operator]
        assert time.monotonic() - began < 20, "it never held"
        time.sleep(0.02)
    return time.monotonic() - began
