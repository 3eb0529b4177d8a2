"""Search by substring on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_servicekit.database import Database
from wiki_linker.adapters.search import TextSearch
from wiki_linker.adapters.shared_seq import SharedSeq
from wiki_linker.adapters.store import WikiStore
from wiki_linker.core.commands import Delete, Save
from wiki_linker.core.live import Committed


class Bench:
    def __init__(self, store: WikiStore, search: TextSearch) -> None:
        self.store, self.search = store, search

    async def save(self, keyword: str, description: str) -> None:
        await self.store.write(Save(keyword, description, "x"))

    async def found(self, *terms: str, limit: int = 10, offset: int = 0) -> list[str]:
        ids = await self.search.search(terms, limit=limit, offset=offset)
        entries = await self.store.entries(ids)
        return [entries[entry_id].keyword for entry_id in ids]


@pytest.fixture(params=["sqlite", "postgresql"])
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path / 'wiki.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url, migrations="wiki_linker.migrations")
    await database.start()
    with SharedSeq(tmp_path / "seq") as counter:
        yield Bench(WikiStore(database, counter, Committed()), TextSearch(database))
        await database.stop()


async def test_every_word_has_to_be_found_in_keyword_or_text(bench: Bench) -> None:
    await bench.save("日本武道館", "東京の会場。")
    await bench.save("東京ドーム", "大きな会場。")
    await bench.save("encore", "One more song.")
    assert await bench.found("会場") == ["東京ドーム", "日本武道館"]
    assert await bench.found("東京", "武道館") == ["日本武道館"]
    assert await bench.found("song") == ["encore"]
    assert await bench.found("songs") == []


async def test_one_and_two_characters_are_found_too(bench: Bench) -> None:
    await bench.save("日本武道館", "東京の会場。")
    await bench.save("x", "何もない。")
    assert await bench.found("館") == ["日本武道館"]
    assert await bench.found("会場", "東") == ["日本武道館"]


async def test_latin_letters_are_found_in_any_case(bench: Bench) -> None:
    await bench.save("Soundcheck", "The hour before Doors.")
    assert await bench.found("soundCHECK") == ["Soundcheck"]
    assert await bench.found("dOORs") == ["Soundcheck"]


async def test_the_exact_keyword_comes_first_then_those_that_begin_so(bench: Bench) -> None:
    await bench.save("stage", "A floor.")
    await bench.save("stage left", "A side.")
    await bench.save("backstage", "Behind.")
    await bench.save("light", "Shines on the stage.")
    assert await bench.found("stage") == ["stage", "stage left", "backstage", "light"]
    assert await bench.found("stage", limit=2, offset=1) == ["stage left", "backstage"]


async def test_characters_of_query_languages_are_plain_text(bench: Bench) -> None:
    await bench.save("100%_\\\"'", "all of it * AND OR NOT (x) {y}: ^z -w")
    for term in ("100%", "%_", "_\\", '\\"', "AND", "* AND", "(x)", "{y}:", "^z", "-w", '"'):
        assert await bench.found(term) == ["100%_\\\"'"], term
    assert await bench.found("1%0") == []


async def test_what_is_changed_or_deleted_is_found_as_it_is_now(bench: Bench) -> None:
    await bench.save("a", "first words")
    assert await bench.found("first") == ["a"]
    await bench.save("a", "second words")
    assert await bench.found("first") == []
    assert await bench.found("second") == ["a"]
    await bench.store.write(Delete("a", "x"))
    assert await bench.found("second") == []


async def test_texts_that_contain_something_exactly_come_newest_first(bench: Bench) -> None:
    await bench.save("a", "at the Budokan")
    await bench.save("b", "at the budokan")
    await bench.save("c", "Budokan again")
    assert [seq for seq, _ in await bench.search.containing("Budokan", below=None, limit=9)] == [3, 1]
    assert [seq for seq, _ in await bench.search.containing("Budokan", below=3, limit=9)] == [1]
    assert [seq for seq, _ in await bench.search.containing("a", below=None, limit=2)] == [3, 2]


async def test_the_index_catches_up_with_the_writes_once_it_can_be_written_again(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'wiki.db'}", migrations="wiki_linker.migrations")
    await database.start()
    search = TextSearch(database)
    with SharedSeq(tmp_path / "seq") as counter:
        store = WikiStore(database, counter, Committed())
        await store.write(Save("encore", "once more", "x"))
        await database.write(lambda connection: connection.execute(sa.text("ALTER TABLE entries_fts RENAME TO away")))
        with pytest.raises(sa.exc.OperationalError, match="no such table"):
            await search.catch_up()
        await database.write(lambda connection: connection.execute(sa.text("ALTER TABLE away RENAME TO entries_fts")))
        await search.catch_up()
        indexed = "SELECT count(*) FROM entries_fts"
        assert await database.read(lambda connection: connection.execute(sa.text(indexed)).scalar()) == 1
    await database.stop()
