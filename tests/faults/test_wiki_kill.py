"""The wiki is killed with SIGKILL at random moments while it is written to: nothing that was acknowledged is lost."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from genba_servicekit.testing import free_port
from wiki_helpers import UNLIMITED, entry_path, key_of, make_user

ROUNDS = 50
WRITERS = 8
STEADY = "an encore, a soundcheck and a headliner"


@dataclass
class Word:
    """One writer's entry: the text that was acknowledged last (None: deleted), and what was being written."""

    keyword: str
    acknowledged: str | None = None
    attempted: set[str | None] = field(default_factory=set)
    writes: int = 0


class Servers:
    """Servers on one port, one after the other."""

    def __init__(self, forker: "subprocess.Popen[str]", port: int) -> None:
        self._forker = forker
        self.port = port
        self.pid = 0

    async def start(self) -> None:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(f"{self.port}\n")
        self._forker.stdin.flush()
        self.pid = int(await asyncio.to_thread(self._forker.stdout.readline))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:
            for _ in range(500):
                with suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.02)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


@contextmanager
def servers(data: Path, settings: dict[str, str]) -> Iterator[Servers]:
    environment = {**os.environ, **UNLIMITED, "GENBA_DATA_DIR": str(data), "GENBA_LOG_LEVEL": "error", **settings}
    script = Path(__file__).with_name("wiki_forker.py")
    with subprocess.Popen(
        [sys.executable, str(script)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as forker:
        yield Servers(forker, free_port())
        forker.kill()


@asynccontextmanager
async def client_of(running: Servers) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=20) as client:
        yield client


async def write_on(client: httpx.AsyncClient, word: Word, key: dict[str, str]) -> None:
    """Write one entry again and again until the server is gone."""
    word.attempted = {word.acknowledged}
    while True:
        word.writes += 1
        delete = word.acknowledged is not None and word.writes % 5 == 0
        text = None if delete else f"{word.keyword} {word.writes} {STEADY}"
        word.attempted.add(text)
        try:
            if text is None:
                answer = await client.delete(entry_path(word.keyword), headers=key)
            else:
                answer = await client.put(entry_path(word.keyword), json={"description": text}, headers=key)
        except httpx.TransportError:
            return
        assert answer.status_code in {200, 201, 204}, answer.text
        word.acknowledged = text
        word.attempted = {text}


async def check(client: httpx.AsyncClient, words: list[Word]) -> None:
    """Every entry is as it was acknowledged, or as it was being written; what is served is linked exactly."""
    found: dict[str, str | None] = {}
    pages: dict[str, str] = {}
    for word in words:
        answer = await client.get(f"{entry_path(word.keyword)}?include=html")
        found[word.keyword] = answer.json()["description"] if answer.status_code == 200 else None
        assert found[word.keyword] in word.attempted, (word, found[word.keyword])
        word.acknowledged = found[word.keyword]
        if answer.status_code == 200:
            pages[word.keyword] = answer.json()["html"]
    live = sorted((keyword for keyword, text in found.items() if text is not None), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, live)) or r"(?!)")
    for keyword, html in pages.items():
        text = found[keyword]
        assert text is not None
        assert html == pattern.sub(lambda match: f'<a href="/keyword/{match[0]}">{match[0]}</a>', text)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_nothing_acknowledged_is_lost(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = f"sqlite:///{tmp_path / 'wiki.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    settings = {"WIKI_DATABASE_URL": database}
    await asyncio.to_thread(make_user, tmp_path, settings=settings)
    chance = random.Random(20261123)
    words = [Word(name) for name in ("encore", "soundcheck", "headliner", "head", "sound", "check", "an", "core")]
    assert len(words) == WRITERS
    acknowledged = 0
    with servers(tmp_path, settings) as running:
        await running.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{running.port}") as client:
            key = await asyncio.to_thread(key_of, client)
        for _ in range(ROUNDS):
            before = sum(word.writes for word in words)
            async with client_of(running) as client:
                writing = [asyncio.create_task(write_on(client, word, key)) for word in words]
                await asyncio.sleep(chance.uniform(0.02, 0.35))
                running.kill()
                await asyncio.gather(*writing)
            acknowledged += sum(word.writes for word in words) - before
            await running.start()
            async with client_of(running) as client:
                await check(client, words)
        running.kill()
    assert acknowledged > ROUNDS * WRITERS
    await asyncio.to_thread(check_tables, database)


def check_tables(database: str) -> None:
    """The database is whole, the log has no holes, and it tells the same as the entries."""
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        seqs = connection.execute(sa.text("SELECT seq FROM changes ORDER BY seq")).scalars().all()
        assert seqs == list(range(1, len(seqs) + 1))
        last = {
            row.entry_id: (row.keyword, bool(row.live), row.revision)
            for row in connection.execute(sa.text("SELECT * FROM changes WHERE entry_id > 0 ORDER BY seq"))
        }
        entries = {
            row.id: (row.keyword, not row.deleted, row.revision)
            for row in connection.execute(sa.text("SELECT * FROM entries"))
        }
        assert entries == last
        kept = connection.execute(
            sa.text("SELECT entry_id, count(*) AS kept, max(number) AS newest FROM revisions GROUP BY entry_id")
        ).all()
        assert {row.entry_id: (row.kept, row.newest) for row in kept} == {
            entry_id: (revision, revision) for entry_id, (_, _, revision) in entries.items()
        }
    engine.dispose()
