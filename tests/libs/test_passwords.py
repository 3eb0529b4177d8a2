"""Passwords: right or wrong, slowly the first time, at once the next, and never on the event loop."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from argon2 import extract_parameters

from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.passwords import BadPassword, PasswordHasher


def quick_hasher(*, remembered: int = 4096, remembered_s: float = 3600.0, max_waiting: int = 200) -> PasswordHasher:
    """Argon2id as ever, with the least memory: 0.1 ms in place of 25."""
    return PasswordHasher(
        memory_kib=8, passes=1, remembered=remembered, remembered_s=remembered_s, max_waiting=max_waiting
    )


@pytest.fixture
async def hasher() -> AsyncIterator[PasswordHasher]:
    hasher = quick_hasher()
    yield hasher
    await hasher.stop()


async def test_a_password_is_right_or_wrong(hasher: PasswordHasher) -> None:
    hashed = await hasher.hash("花火 🎆")
    assert await hasher.verify(hashed, "花火 🎆")
    assert not await hasher.verify(hashed, "花火")
    assert not await hasher.verify("no hash at all", "花火 🎆")
    assert not await hasher.verify("", "")


async def test_the_parameters_are_those_that_owasp_names_first() -> None:
    hasher = PasswordHasher()
    found = extract_parameters(await hasher.hash("hana"))
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 19456, 2, 1)
    await hasher.stop()


async def test_the_same_password_has_another_hash_each_time(hasher: PasswordHasher) -> None:
    assert await hasher.hash("hana") != await hasher.hash("hana")


async def test_a_password_may_be_typed_on_another_keyboard(hasher: PasswordHasher) -> None:
    hashed = await hasher.hash("がぎぐ")
    assert await hasher.verify(hashed, "か\u3099き\u3099く\u3099")


@pytest.mark.parametrize("password", ["", "x" * 1025, "あ" * 342, "nul\0", "\ud800"])
async def test_a_password_that_cannot_be_used_is_refused_and_never_right(hasher: PasswordHasher, password: str) -> None:
    hashed = await hasher.hash("hana")
    with pytest.raises(BadPassword):
        await hasher.hash(password)
    assert not await hasher.verify(hashed, password)


@pytest.mark.parametrize("password", ["a", "x" * 1024, "あ" * 341, "' OR 1=1 --", " "])
async def test_a_password_has_up_to_a_thousand_and_twenty_four_bytes(hasher: PasswordHasher, password: str) -> None:
    assert await hasher.verify(await hasher.hash(password), password)


async def test_a_right_password_is_remembered_and_a_wrong_one_is_not(hasher: PasswordHasher) -> None:
    other = quick_hasher()
    hashed = await other.hash("hana")
    await other.stop()

    assert [await hasher.verify(hashed, "hana") for _ in range(5)] == [True] * 5
    assert hasher.computed == 1
    assert [await hasher.verify(hashed, "wrong") for _ in range(3)] == [False] * 3
    assert hasher.computed == 4


async def test_who_has_just_registered_logs_in_without_a_second_hash(hasher: PasswordHasher) -> None:
    hashed = await hasher.hash("hana")
    assert await hasher.verify(hashed, "hana")
    assert hasher.computed == 1


async def test_what_is_remembered_holds_for_that_hash_alone(hasher: PasswordHasher) -> None:
    old, new = await hasher.hash("hana"), await hasher.hash("other")
    assert await hasher.verify(old, "hana")
    assert not await hasher.verify(new, "hana")


async def test_the_memory_is_bounded_and_ends() -> None:
    small = quick_hasher(remembered=2)
    hashes = [await small.hash("hana") for _ in range(3)]
    for hashed in reversed(hashes):
        assert await small.verify(hashed, "hana")
    assert small.computed == 3 + 1
    await small.stop()

    forgetful = quick_hasher(remembered_s=0.0)
    hashed = await forgetful.hash("hana")
    assert [await forgetful.verify(hashed, "hana") for _ in range(2)] == [True, True]
    assert forgetful.computed == 1 + 2
    await forgetful.stop()


async def test_the_memory_has_neither_passwords_nor_plain_digests_of_them(hasher: PasswordHasher) -> None:
    await hasher.hash("a long and telling password")
    other = quick_hasher()
    (mark,) = hasher._recent
    assert b"telling" not in mark
    assert len(mark) == 32
    assert other._mark("hash", b"password") != hasher._mark("hash", b"password")
    await other.stop()


async def test_an_unknown_user_costs_as_much_as_a_wrong_password(hasher: PasswordHasher) -> None:
    hashed = await hasher.hash("hana")
    assert not await hasher.verify(hashed, "wrong")
    assert not await hasher.verify(None, "wrong")
    assert hasher.computed == 1 + 2
    assert extract_parameters(hasher._nobody) == extract_parameters(hashed)


async def test_the_event_loop_goes_on_meanwhile() -> None:
    hasher = PasswordHasher()
    ticks = 0
    work = asyncio.create_task(hasher.hash("hana"))
    while not work.done():
        await asyncio.sleep(0)
        ticks += 1
    assert ticks > 50
    await hasher.stop()


async def test_too_many_at_once_are_told_to_come_back() -> None:
    hasher = PasswordHasher(max_waiting=3)
    waiting = [asyncio.create_task(hasher.verify(None, "patient")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceUnavailable) as refused:
        await hasher.verify(None, "too many")
    assert refused.value.headers["Retry-After"] == "1"
    assert await asyncio.gather(*waiting) == [False] * 3
    assert await hasher.hash("later")
    await hasher.stop()
    with pytest.raises(ServiceUnavailable):
        await hasher.hash("too late")


async def test_a_hash_of_other_parameters_is_made_anew(hasher: PasswordHasher) -> None:
    weaker = await hasher.hash("hana")
    current = PasswordHasher()
    assert current.needs_rehash(weaker)
    assert not hasher.needs_rehash(weaker)
    assert await current.verify(weaker, "hana")
    await current.stop()
