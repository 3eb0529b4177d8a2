"""The store on a real database: what each command does to entries, surfaces, history and the log."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from genba_servicekit.database import Database
from genba_servicekit.migrate import differences
from wiki_linker.adapters.schema import metadata
from wiki_linker.adapters.shared_seq import SharedSeq
from wiki_linker.adapters.store import WikiStore
from wiki_linker.core.commands import Command, Delete, Record, Rename, Restore, Save, SetAliases, Undelete
from wiki_linker.core.entities import Expect, KeywordTaken, Stale, UnknownEntry, UnknownRevision, Written
from wiki_linker.core.live import Committed, LiveWiki


class Bench:
    """A store with a live wiki that follows its commits."""

    def __init__(self, database: Database, store: WikiStore, live: LiveWiki, committed: Committed) -> None:
        self.database, self.store, self.live, self.committed = database, store, live, committed

    async def do(self, *commands: Command) -> Written:
        written = await self.store.write(*commands)
        self.committed.drain_into(self.live)
        return written

    def newest(self) -> list[str]:
        known = [self.live.entry(entry_id) for entry_id in self.live.newest(0, 1000)]
        return [entry.keyword for entry in known if entry is not None]

    def surfaces(self) -> dict[str, str]:
        known = [self.live.entry(entry_id) for entry_id in self.live.newest(0, 1000)]
        return {
            surface: entry.keyword
            for entry in known
            if entry is not None
            for surface in self.live.index.surfaces_of(entry.id)
        }


@pytest.fixture(params=["sqlite", "postgresql"])
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path / 'wiki.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url, migrations="wiki_linker.migrations")
    await database.start()
    committed = Committed()
    with SharedSeq(tmp_path / "seq") as counter:
        store = WikiStore(database, counter, committed)
        live = LiveWiki()
        live.load(await store.load_all())
        yield Bench(database, store, live, committed)
        await database.stop()


async def test_the_migrations_make_the_tables_that_the_code_uses(bench: Bench) -> None:
    found = await bench.database.read(lambda connection: differences(connection, metadata))
    steps = [step for one in found for step in (one if isinstance(one, list) else [one])]
    # Comments are for readers of the code, and search has tables and an index of its own.
    others = [step for step in steps if step[0] != "modify_comment" and not _of_search(step)]
    assert others == []


def _of_search(step: tuple[object, ...]) -> bool:
    name = str(getattr(step[1], "name", ""))
    return (step[0] == "remove_table" and name.startswith("entries_fts")) or name == "entries_trigrams"


async def test_a_new_entry_is_revision_one_and_the_newest(bench: Bench) -> None:
    await bench.do(Save("武道館", "会場。", "hanako"))
    written = await bench.do(Save("アンコール", "武道館でも。", "taro", aliases=("encore",)))
    assert (written.created, written.entry.revision, written.entry.seq) == (True, 1, 2)
    assert bench.newest() == ["アンコール", "武道館"]
    assert bench.surfaces() == {"武道館": "武道館", "アンコール": "アンコール", "encore": "アンコール"}


async def test_updating_an_entry_moves_it_to_the_top(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x"))
    await bench.do(Save("b", "1", "x"))
    written = await bench.do(Save("a", "2", "y"))
    assert (written.created, written.entry.revision, written.entry.author) == (False, 2, "y")
    assert bench.newest() == ["a", "b"]
    kept = await bench.store.revisions(written.entry.id, before=None, limit=10)
    assert [(one.number, one.description) for one in kept] == [(2, "2"), (1, "1")]


async def test_a_deleted_entry_frees_its_words_and_comes_back_whole(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x", aliases=("b",)))
    await bench.do(Delete("a", "x"))
    assert bench.surfaces() == {}
    assert len(bench.live) == 0
    await bench.do(Save("b", "own", "x"))
    written = await bench.do(Undelete("a", "y"))
    assert written.entry.description == "1"
    assert bench.surfaces() == {"a": "a", "b": "b"}
    with pytest.raises(KeywordTaken):
        await bench.do(Undelete("a", "y"))


async def test_saving_a_deleted_keyword_goes_on_with_its_history(bench: Bench) -> None:
    first = await bench.do(Save("a", "1", "x"))
    await bench.do(Delete("a", "x"))
    again = await bench.do(Save("a", "3", "x"))
    assert again.entry.id == first.entry.id
    assert (again.created, again.entry.revision) == (True, 3)


async def test_a_renamed_entry_keeps_its_old_keyword_as_an_alias(bench: Bench) -> None:
    await bench.do(Save("old", "1", "x", aliases=("other",)))
    await bench.do(Rename("old", "new", "x"))
    assert bench.surfaces() == {"new": "new", "old": "new", "other": "new"}
    await bench.do(Rename("new", "other", "x", keep_alias=False))
    assert bench.surfaces() == {"other": "other", "old": "other"}


async def test_renaming_onto_an_entry_is_refused_and_changes_nothing(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x"))
    await bench.do(Save("b", "1", "x"))
    with pytest.raises(KeywordTaken):
        await bench.do(Rename("a", "b", "x"))
    assert bench.surfaces() == {"a": "a", "b": "b"}
    assert await bench.store.last_seq() == 2


async def test_an_entry_takes_a_keyword_that_was_an_alias(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x", aliases=("b", "c")))
    written = await bench.do(Save("b", "1", "x"))
    assert [change.operation for change in written.changes] == ["alias", "save"]
    assert bench.surfaces() == {"a": "a", "c": "a", "b": "b"}
    # Losing an alias is no update: the order of the wiki stays.
    await bench.do(Save("c", "1", "x"))
    assert bench.newest() == ["c", "b", "a"]


async def test_an_alias_that_is_taken_is_refused(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x", aliases=("z",)))
    await bench.do(Save("b", "1", "x"))
    for names in (("a",), ("z",)):
        with pytest.raises(KeywordTaken):
            await bench.do(SetAliases("b", names, "x"))
    written = await bench.do(SetAliases("b", ("y", "b"), "x"))
    assert written.entry.aliases == ("y",)


async def test_a_writer_who_expects_another_state_is_refused(bench: Bench) -> None:
    written = await bench.do(Save("a", "1", "x", expect=Expect(absent=True)))
    entry = written.entry
    for command in (
        Save("a", "2", "x", expect=Expect(absent=True)),
        Save("a", "2", "x", expect=Expect(versions=frozenset({(entry.id, 9)}))),
        Save("b", "2", "x", expect=Expect(exists=True)),
        Delete("a", "x", Expect(versions=frozenset())),
    ):
        with pytest.raises(Stale):
            await bench.do(command)
    await bench.do(Save("a", "2", "x", expect=Expect(versions=frozenset({(entry.id, 1)}))))


async def test_an_earlier_revision_is_restored_as_a_new_one(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x"))
    await bench.do(Save("a", "2", "x"))
    written = await bench.do(Restore("a", 1, "y"))
    assert (written.entry.description, written.entry.revision) == ("1", 3)
    with pytest.raises(UnknownRevision):
        await bench.do(Restore("a", 9, "y"))
    with pytest.raises(UnknownEntry):
        await bench.do(Restore("b", 1, "y"))


async def test_several_commands_are_done_all_or_none(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x"))
    with pytest.raises(UnknownEntry):
        await bench.do(Save("a", "2", "x"), Delete("nowhere", "x"))
    assert await bench.store.last_seq() == 1
    assert (await bench.store.entries([1]))[1].description == "1"


async def test_stars_are_given_once_and_taken_back(bench: Bench) -> None:
    written = await bench.do(Save("a", "1", "x"))
    assert await bench.store.set_star(keyword="a", user="hanako", on=True)
    assert not await bench.store.set_star(keyword="a", user="hanako", on=True)
    assert await bench.store.set_star(keyword="a", user="taro", on=True)
    assert list((await bench.store.stars([written.entry.id]))[written.entry.id]) == ["hanako", "taro"]
    assert await bench.store.set_star(keyword="a", user="hanako", on=False)
    assert list((await bench.store.stars([written.entry.id]))[written.entry.id]) == ["taro"]
    with pytest.raises(UnknownEntry):
        await bench.store.set_star(keyword="b", user="hanako", on=True)


async def test_importing_twice_changes_nothing(bench: Bench) -> None:
    records = [
        Record("a", "1", "x", ("b",), 5_000),
        Record("c", "1", "x"),
        Record("a", "2", "x"),
        Record("b", "own entry", "x"),
        Record("d", "1", "x", ("c",)),
    ]
    done = await bench.store.import_records(records)
    assert (done.created, done.updated, done.unchanged) == (3, 1, 0)
    assert done.refused == [(4, "“c” is an entry of its own and cannot be an alias.")]
    bench.committed.drain_into(bench.live)
    assert bench.surfaces() == {"a": "a", "b": "b", "c": "c"}
    again = await bench.store.import_records(
        [Record("a", "2", "z"), Record("c", "1", "z"), Record("b", "own entry", "z")]
    )
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    assert not again.changes


async def test_applying_the_log_from_the_start_gives_the_same_wiki(bench: Bench) -> None:
    await bench.do(Save("a", "1", "x", aliases=("b",)))
    await bench.do(Save("b", "1", "x"))
    await bench.do(Rename("a", "c", "x"))
    await bench.do(Delete("b", "x"))
    await bench.do(Undelete("b", "x"))
    replayed = LiveWiki()
    for change in await bench.store.changes_since(0, limit=100):
        replayed.apply(change)
        replayed.apply(change)
    loaded = LiveWiki()
    loaded.load(await bench.store.load_all())
    for live in (replayed, loaded):
        assert live.applied == bench.live.applied
        assert live.newest(0, 10) == bench.live.newest(0, 10)
        assert Bench(bench.database, bench.store, live, bench.committed).surfaces() == bench.surfaces()
