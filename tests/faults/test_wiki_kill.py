"""The wiki is killed with SIGKILL at random moments while it is written to: nothing that was acknowledged is lost."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from genba_servicekit.testing import RunningService
from wiki_helpers import entry_path, key_of, make_user, wiki_process

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


@asynccontextmanager
async def client_of(running: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.url, timeout=20, verify=False) as client:
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
    with wiki_process(tmp_path, GENBA_LOG_LEVEL="error", **settings) as running:
        with httpx.Client(base_url=running.url) as client:
            key = await asyncio.to_thread(key_of, client)
        for _ in range(ROUNDS):
            before = sum(word.writes for word in words)
            async with client_of(running) as client:
                writing = [asyncio.create_task(write_on(client, word, key)) for word in words]
                await asyncio.sleep(chance.uniform(0.02, 0.35))
                running.kill9()
                await asyncio.gather(*writing)
            acknowledged += sum(word.writes for word in words) - before
            await asyncio.to_thread(running.start)
            async with client_of(running) as client:
                await check(client, words)
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
