"""The wiki in memory, moved from change to change: whatever happens, it is what loading it anew would give."""

from bisect import bisect_left
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki_fakes import FakeStore
from wiki_linker.adapters import entry_reads, marks
from wiki_linker.core.commands import Command, Delete, Rename, Restore, Save, SetAliases, Undelete
from wiki_linker.core.entities import Change, Known, Loaded, WikiError
from wiki_linker.core.live import Committed, LiveWiki, OutOfOrder

WORDS = st.sampled_from(["a", "b", "ab", "ba", "東", "東京", "😀"])
ALIASES = st.lists(WORDS, max_size=3, unique=True).map(tuple)
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(Save, WORDS, st.just("text"), st.just("x"), st.none() | ALIASES),
    st.builds(Delete, WORDS, st.just("x")),
    st.builds(Undelete, WORDS, st.just("x")),
    st.builds(Rename, WORDS, WORDS, st.just("x"), st.booleans()),
    st.builds(SetAliases, WORDS, ALIASES, st.just("x")),
    st.builds(Restore, WORDS, st.integers(1, 3), st.just("x")),
)
STARS = st.tuples(WORDS, st.sampled_from(["ann", "bob"]), st.booleans())
LOGOUTS = st.just("somebody logs out")
HISTORIES = st.lists(st.one_of(COMMANDS, COMMANDS, STARS, LOGOUTS), max_size=40)


def live_through(store: FakeStore, step: object) -> None:
    """Let a step happen in the database; what the wiki's rules forbid leaves no trace."""
    with suppress(WikiError), store.connection.begin_nested():
        if isinstance(step, str):
            marks.log_account(store.connection, operation="session", subject="hash", now=1)
        elif isinstance(step, tuple):
            keyword, user, on = step
            store.star(keyword, user, on=on)
        else:
            store.perform(step)  # type: ignore[arg-type]


def check(live: LiveWiki, store: FakeStore) -> None:
    """Everything that is asked of a LiveWiki, against rows of the database in order."""
    rows = store.live_rows()
    assert live.applied == store.seq
    assert len(live) == len(rows)
    newest_first = [row.id for row in reversed(rows)]
    assert live.newest(0, 100) == newest_first
    assert live.newest(2, 3) == newest_first[2:5]
    assert live.newest(len(rows), 3) == []
    assert live.below(None, 4) == newest_first[:4]
    seqs = [row.seq for row in rows]
    for seq in range(store.seq + 2):
        assert live.below(seq, 2) == [row.id for row in rows[: bisect_left(seqs, seq)]][::-1][:2]
    for row in rows:
        assert live.entry(row.id) == Known(row.id, row.keyword, row.seq, row.revision)
        assert live.index.surfaces_of(row.id) == (row.keyword, *row.aliases)
    targets = {surface: row.id for row in rows for surface in (row.keyword, *row.aliases)}
    for surface in ("a", "b", "ab", "ba", "東", "東京", "😀", "nobody's"):
        known = live.lookup(surface)
        assert (known and known.id) == targets.get(surface), surface


@given(HISTORIES)
@settings(max_examples=80, deadline=None)
def test_following_the_log_gives_what_is_in_the_database_after_every_change(history: list[object]) -> None:
    with closing(FakeStore()) as store:
        live = LiveWiki()
        for step in history:
            live_through(store, step)
            for change in store.log(live.applied):
                live.apply(change)
            check(live, store)


@given(HISTORIES, HISTORIES, st.data())
@settings(max_examples=40, deadline=None)
def test_loading_in_the_middle_and_following_from_there_gives_the_same(
    before: list[object], after: list[object], data: st.DataObject
) -> None:
    with closing(FakeStore()) as store:
        for step in before:
            live_through(store, step)
        live = LiveWiki()
        live.load(entry_reads.load_all(store.connection))
        check(live, store)
        for step in after:
            live_through(store, step)
        log = store.log()
        start = data.draw(st.integers(0, live.applied))  # what was applied before comes again
        for change in log[start:]:
            live.apply(change)
        check(live, store)
        for change in log:
            live.apply(change)
        check(live, store)


def change(seq: int, entry_id: int = 1, keyword: str = "word") -> Change:
    return Change(seq, "save", seq, entry_id, keyword, (), 1, "x", live=True)


def test_a_change_before_its_turn_is_refused_and_changes_nothing() -> None:
    live = LiveWiki()
    live.apply(change(1))
    with pytest.raises(OutOfOrder, match="change 3 after 1"):
        live.apply(change(3, 2, "other"))
    assert (live.applied, live.lookup("other")) == (1, None)
    live.apply(change(2, 2, "other"))
    assert live.newest(0, 9) == [2, 1]


def test_listeners_are_told_of_each_change_once_and_after_it_is_true() -> None:
    live = LiveWiki()
    told: list[tuple[int, int, bool]] = []
    live.listen(lambda one: told.append((one.seq, live.applied, live.lookup(one.keyword) is not None)))
    for one in (change(1), change(1), change(2, 2, "other"), change(1)):
        live.apply(one)
    assert told == [(1, 1, True), (2, 2, True)]


def test_listeners_are_told_when_everything_was_loaded_anew() -> None:
    live = LiveWiki()
    live.apply(change(1))
    told: list[tuple[int, int]] = []
    live.listen(lambda _one: None, lambda: told.append((live.applied, len(live))))
    live.load(Loaded(7, [Known(4, "a", 5, 1), Known(2, "b", 7, 3)], {2: ("c",)}))
    assert told == [(7, 2)]
    assert live.lookup("word") is None
    assert live.lookup("c") == Known(2, "b", 7, 3)


def test_an_alias_that_another_entry_takes_moves_neither_entry() -> None:
    live = LiveWiki()
    live.apply(replace(change(1, 1, "a"), aliases=("b",)))
    live.apply(change(2, 2, "c"))
    live.apply(replace(change(3, 1, "a"), operation="alias"))  # at the same revision
    live.apply(change(4, 3, "b"))
    assert live.newest(0, 9) == [3, 2, 1]
    assert live.entry(1) == Known(1, "a", 1, 1)
    assert live.lookup("b") == Known(3, "b", 4, 1)


def test_what_the_writer_committed_is_applied_in_order() -> None:
    live, committed = LiveWiki(), Committed()
    committed.add([change(1), change(2, 2, "b")])
    committed.add([change(3, 3, "c")])
    committed.drain_into(live)
    assert (live.applied, live.newest(0, 9)) == (3, [3, 2, 1])


@given(st.lists(st.integers(1, 12), max_size=12), st.integers(0, 6))
def test_what_follows_on_from_nothing_applied_is_left_to_the_log(seqs: list[int], applied: int) -> None:
    live, committed = LiveWiki(), Committed()
    for seq in range(1, applied + 1):
        live.apply(change(seq, seq, f"word {seq}"))
    committed.add([change(seq, seq, f"word {seq}") for seq in seqs])
    committed.drain_into(live)
    level = applied
    for seq in seqs:
        level += seq == level + 1
    assert live.applied == level
    committed.drain_into(live)
    assert live.applied == level, "what was dropped came back"
