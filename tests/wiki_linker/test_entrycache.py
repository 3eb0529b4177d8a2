"""Entries in memory: what room there is for, and nothing that changed while it was read."""

from contextlib import suppress
from dataclasses import replace

from wiki_linker.core.entities import Change, Entry, Operation, Stars
from wiki_linker.core.entrycache import EntryCache, Kept


def entry(number: int, seq: int = 1, description: str = "text") -> Entry:
    return Entry(number, f"keyword {number}", description, "x", 0, 0, 1, seq)


def kept(number: int, seq: int = 1, **stars: int) -> Kept:
    return Kept(entry(number, seq), stars)


def change(number: int, seq: int, operation: Operation = "save", *, author: str = "x", note: str = "") -> Change:
    return Change(
        seq, operation, seq, number, f"keyword {number}", (), 1, author, live=operation != "delete", note=note
    )


def put(cache: EntryCache, *found: Kept) -> None:
    with cache.loading() as loading:
        cache.finish(loading, found)


def stars_of(cache: EntryCache, number: int) -> Stars:
    found = cache.get(number)
    assert found is not None
    return found.stars


def test_the_least_recently_used_make_room() -> None:
    cache = EntryCache(2)
    put(cache, kept(1), kept(2))
    assert cache.get(1)
    put(cache, kept(3))
    assert [cache.get(number) is not None for number in (1, 2, 3)] == [True, False, True]


def test_a_reader_holds_what_the_cache_has_no_room_for() -> None:
    cache = EntryCache(1)
    with cache.loading() as loading:
        cache.finish(loading, [kept(1), kept(2), kept(3)])
        assert sorted(loading.held) == [1, 2, 3]
        cache.apply(change(2, 2))
        assert sorted(loading.held) == [1, 3]
        cache.clear()
        assert loading.held == {}


def test_a_change_forgets_the_entry() -> None:
    for operation in ("save", "delete", "undelete", "rename", "alias"):
        cache = EntryCache(9)
        put(cache, kept(1), kept(2))
        cache.apply(change(1, 2, operation))
        assert cache.get(1) is None
        assert cache.get(2) is not None


def test_a_star_is_moved_in_place_in_the_order_of_starring() -> None:
    cache = EntryCache(9)
    put(cache, kept(1, ann=1, bob=2))
    cache.apply(change(1, 3, "star", author="cat", note="+"))
    assert list(stars_of(cache, 1).items()) == [("ann", 1), ("bob", 2), ("cat", 3)]
    cache.apply(change(1, 4, "star", author="ann", note="-"))
    cache.apply(change(1, 5, "star", author="ann", note="+"))
    assert list(stars_of(cache, 1).items()) == [("bob", 2), ("cat", 3), ("ann", 5)]


def test_a_star_that_was_read_already_is_not_counted_twice() -> None:
    cache = EntryCache(9)
    put(cache, kept(1, ann=3))
    cache.apply(change(1, 3, "star", author="ann", note="+"))
    assert stars_of(cache, 1) == {"ann": 3}
    cache.apply(change(1, 4, "star", author="nobody", note="-"))
    assert stars_of(cache, 1) == {"ann": 3}


def test_changes_of_sessions_and_accounts_leave_entries_alone() -> None:
    cache = EntryCache(9)
    put(cache, kept(1))
    cache.apply(replace(change(0, 2, "session"), author="hash"))
    cache.apply(replace(change(0, 3, "account"), author="1"))
    assert cache.get(1) is not None


def test_what_changes_on_its_way_from_the_database_is_not_kept() -> None:
    for touched in (change(1, 5), change(1, 5, "star", author="ann", note="+"), change(1, 5, "alias")):
        cache = EntryCache(9)
        with cache.loading() as loading:
            cache.apply(touched)
            cache.finish(loading, [kept(1, seq=4), kept(2, seq=4)])
            assert sorted(loading.held) == [2]
        assert cache.get(1) is None
        assert cache.get(2) is not None


def test_what_was_read_with_the_change_in_it_is_kept() -> None:
    cache = EntryCache(9)
    with cache.loading() as loading:
        cache.apply(change(1, 5))
        cache.finish(loading, [kept(1, seq=5)])
    assert cache.get(1) == kept(1, seq=5)


def test_a_change_before_the_reading_began_does_not_matter() -> None:
    cache = EntryCache(9)
    with cache.loading() as loading:
        cache.apply(change(1, 5, "star", author="ann", note="+"))
        loading.begin()
        cache.finish(loading, [kept(1, seq=4, ann=5)])
    assert stars_of(cache, 1) == {"ann": 5}


def test_two_readers_mind_their_own_changes() -> None:
    cache = EntryCache(9)
    with cache.loading() as early:
        cache.apply(change(1, 5, "star", author="ann", note="+"))
        with cache.loading() as late:
            cache.finish(late, [kept(1, seq=4, ann=5)])
            cache.finish(early, [kept(1, seq=4)])
            assert stars_of(cache, 1) == {"ann": 5}
            assert early.held == {}


def test_what_was_on_its_way_when_everything_was_forgotten_is_not_kept() -> None:
    cache = EntryCache(9)
    with cache.loading() as loading:
        cache.clear()
        cache.finish(loading, [kept(1)])
        assert cache.get(1) is None
        assert loading.held == {}
        loading.begin()
        cache.finish(loading, [kept(1)])
        assert cache.get(1) == kept(1)


def test_nobody_listens_for_a_reader_that_failed() -> None:
    cache = EntryCache(9)
    with suppress(OSError), cache.loading() as loading:
        raise OSError
    cache.apply(change(1, 2))
    assert loading.touched == {}
