"""People: who may come in, how often one may try, and what is revoked."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from genba_servicekit.auth import ANONYMOUS, BadName, NameTaken, Principal, Role, Verified
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.errors import Forbidden, NotFound, TooManyRequests
from genba_servicekit.passwords import BadPassword, PasswordHasher
from wiki_fakes import FakeLimiter, FakePeople, FakeWiki
from wiki_linker.core.entities import Change, Operation
from wiki_linker.usecases.people import Accounts, RegistrationClosed, WrongLogin, forget_revoked

PASSWORD = "correct horse battery"


class Bench:
    def __init__(self, *, registration: bool = True) -> None:
        self.people = FakePeople()
        self.hasher = quick_hasher()
        self.limiter = FakeLimiter()
        self.wiki = FakeWiki()
        self.announced = 0
        self.wiki.freshness.on_announce = self._count
        self.accounts = Accounts(
            self.people,
            self.hasher,
            self.limiter,
            self.wiki.freshness,
            registration=registration,
            new_user_role=Role.READER,
            account_limit="3/minute",
            address_limit="5/minute",
        )

    def _count(self) -> None:
        self.announced += 1

    async def close(self) -> None:
        await self.hasher.stop()
        self.wiki.close()

    async def log_in(self, name: str = "ann", password: str = PASSWORD, address: str = "here") -> str:
        _, opened = await self.accounts.log_in(name, password, address=address)
        return opened.token


def quick_hasher(passes: int = 1) -> PasswordHasher:
    return PasswordHasher(memory_kib=8, passes=passes)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    await bench.close()


def principal(role: Role, user_id: int | None = 1) -> Principal:
    return Principal(user_id, "ann", role, "session")


async def test_who_registers_may_log_in_and_does_what_new_people_may(bench: Bench) -> None:
    user = await bench.accounts.register("ann", PASSWORD, address="here")
    assert user.role is Role.READER
    assert PASSWORD not in user.password_hash
    token = await bench.log_in()
    assert bench.people.sessions == {token: user.id}
    assert (await bench.accounts.user("ann")).id == user.id


async def test_a_name_is_taken_once_and_has_to_be_one(bench: Bench) -> None:
    await bench.accounts.register("ann", PASSWORD, address="here")
    with pytest.raises(NameTaken):
        await bench.accounts.register("ann", "another", address="here")
    for name in ("", " ann", "an\u200bn", "x" * 65, "a\x00"):
        with pytest.raises(BadName):
            await bench.accounts.add(name, PASSWORD, Role.READER)
    for password in ("", "\0", "x" * 1025):
        with pytest.raises(BadPassword):
            await bench.accounts.add("bob", password, Role.READER)
    assert list(bench.people.users) == ["ann"]


async def test_a_name_that_cannot_be_taken_costs_no_hashing(bench: Bench) -> None:
    with pytest.raises(BadName):
        await bench.accounts.register(" ann", PASSWORD, address="here")
    assert bench.hasher.computed == 0


async def test_registering_is_limited_by_address(bench: Bench) -> None:
    for number in range(5):
        await bench.accounts.register(f"user {number}", PASSWORD, address="here")
    with pytest.raises(TooManyRequests):
        await bench.accounts.register("one more", PASSWORD, address="here")
    await bench.accounts.register("one more", PASSWORD, address="elsewhere")


async def test_a_wiki_can_be_closed_to_new_people_but_not_to_those_it_has() -> None:
    bench = Bench(registration=False)
    with pytest.raises(RegistrationClosed):
        await bench.accounts.register("ann", PASSWORD, address="here")
    assert (bench.people.users, bench.limiter.hits) == ({}, {})
    await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    await bench.log_in()
    await bench.close()


async def test_a_wrong_login_does_not_say_what_was_wrong(bench: Bench) -> None:
    await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    told = set()
    for name, password in (("ann", "wrong"), ("nobody", PASSWORD), ("Ann", PASSWORD), ("ann\0", PASSWORD), ("", "")):
        with pytest.raises(WrongLogin) as refused:
            await bench.accounts.log_in(name, password, address=name)
        told.add(str(refused.value))
    assert len(told) == 1
    assert bench.people.sessions == {}


async def test_an_unknown_name_takes_as_much_work_as_a_wrong_password(bench: Bench) -> None:
    await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    for name in ("ann", "nobody", "not\0a name"):
        before = bench.hasher.computed
        with pytest.raises(WrongLogin):
            await bench.accounts.log_in(name, "wrong", address="here")
        assert bench.hasher.computed == before + 1, name


async def test_who_may_not_come_in_any_more_does_not(bench: Bench) -> None:
    user = await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    bench.people.users["ann"] = replace(user, disabled=True)
    with pytest.raises(WrongLogin):
        await bench.log_in()


async def test_attempts_on_an_account_are_limited_from_wherever_they_come(bench: Bench) -> None:
    await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    for number in range(3):
        with pytest.raises(WrongLogin):
            await bench.log_in(password="wrong", address=f"address {number}")
    with pytest.raises(TooManyRequests):
        await bench.log_in(address="another")
    await bench.accounts.add("bob", PASSWORD, Role.EDITOR)
    await bench.log_in("bob", address="another")


async def test_attempts_from_an_address_are_limited_whatever_the_account(bench: Bench) -> None:
    for number in range(5):
        with pytest.raises(WrongLogin):
            await bench.log_in(f"user {number}")
    with pytest.raises(TooManyRequests):
        await bench.log_in("user 5")


async def test_an_address_that_is_over_its_limit_cannot_use_up_anybodys_account(bench: Bench) -> None:
    await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    for number in range(5):
        with pytest.raises(WrongLogin):
            await bench.log_in(f"user {number}", address="mallory's")
    for _ in range(10):
        with pytest.raises(TooManyRequests):
            await bench.log_in("ann", "wrong", address="mallory's")
    await bench.log_in("ann", address="ann's")


async def test_what_cannot_be_a_name_is_counted_by_address_alone(bench: Bench) -> None:
    """A megabyte of it, a thousand times, would stay in memory for a minute."""
    with pytest.raises(WrongLogin):
        await bench.log_in("x" * 1_000_000)
    assert all(len("".join(keys)) < 100 for keys in bench.limiter.hits)


async def test_a_password_hashed_the_old_way_is_hashed_anew_when_it_is_known(bench: Bench) -> None:
    user = await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    bench.accounts._hasher = stronger = quick_hasher(passes=2)
    with pytest.raises(WrongLogin):
        await bench.log_in(password="wrong")
    assert bench.people.users["ann"].password_hash == user.password_hash
    await bench.log_in()
    renewed = bench.people.users["ann"].password_hash
    assert renewed != user.password_hash
    assert not stronger.needs_rehash(renewed)
    await bench.log_in()
    assert bench.people.users["ann"].password_hash == renewed
    await stronger.stop()


async def test_logging_out_is_told_once(bench: Bench) -> None:
    await bench.accounts.add("ann", PASSWORD, Role.EDITOR)
    token = await bench.log_in()
    await bench.accounts.log_out(token)
    await bench.accounts.log_out(token)
    await bench.accounts.log_out("nobody's")
    assert (bench.people.sessions, bench.announced) == ({}, 1)


async def test_a_role_is_given_to_people_who_are_there(bench: Bench) -> None:
    await bench.accounts.add("ann", PASSWORD, Role.READER)
    await bench.accounts.set_role("ann", Role.ADMIN)
    assert (await bench.accounts.user("ann")).role is Role.ADMIN
    assert bench.announced == 1
    for call in (bench.accounts.set_role("bob", Role.ADMIN), bench.accounts.user("bob")):
        with pytest.raises(NotFound, match="bob"):
            await call


async def test_a_key_is_no_more_than_its_owner(bench: Bench) -> None:
    key, secret = await bench.accounts.create_key(principal(Role.EDITOR), name="k", role=Role.EDITOR)
    assert (key.role, key.owner_id, bool(secret)) == (Role.EDITOR, 1, True)
    await bench.accounts.create_key(principal(Role.EDITOR), name="k", role=Role.READER)
    with pytest.raises(Forbidden):
        await bench.accounts.create_key(principal(Role.EDITOR), name="k", role=Role.ADMIN)
    with pytest.raises(Forbidden):
        await bench.accounts.create_key(ANONYMOUS, name="k", role=Role.READER)


async def test_people_see_and_revoke_their_own_keys(bench: Bench) -> None:
    ann, bob = principal(Role.EDITOR, 1), principal(Role.EDITOR, 2)
    key, _ = await bench.accounts.create_key(ann, name="k", role=Role.EDITOR)
    assert await bench.accounts.keys(ann) == [key]
    assert await bench.accounts.keys(bob) == await bench.accounts.keys(ANONYMOUS) == []
    with pytest.raises(NotFound):
        await bench.accounts.revoke_key(bob, key.id)
    await bench.accounts.revoke_key(ann, key.id)
    assert await bench.accounts.keys(ann) == []
    with pytest.raises(NotFound):
        await bench.accounts.revoke_key(ann, key.id)
    assert bench.announced == 1


async def test_an_administrator_revokes_anybodys_key(bench: Bench) -> None:
    key, _ = await bench.accounts.create_key(principal(Role.EDITOR, 1), name="k", role=Role.EDITOR)
    await bench.accounts.revoke_key(principal(Role.ADMIN, 2), key.id)
    assert await bench.accounts.keys(principal(Role.EDITOR, 1)) == []


async def test_who_is_no_person_revokes_nobodys_key(bench: Bench) -> None:
    """A service's own key has no owner: nobody's is not everybody's."""
    key, _ = await bench.accounts.create_key(principal(Role.EDITOR, 1), name="k", role=Role.EDITOR)
    for nobody in (ANONYMOUS, principal(Role.EDITOR, None)):
        with pytest.raises(NotFound):
            await bench.accounts.revoke_key(nobody, key.id)
    assert await bench.accounts.keys(principal(Role.EDITOR, 1)) == [key]


def test_what_is_revoked_is_forgotten_in_every_process() -> None:
    def change(operation: Operation, subject: str) -> Change:
        return Change(1, operation, 0, 0, "", (), 0, subject, live=False)

    cache = SessionCache()

    def fill() -> None:
        for secret, user_id in (("one", 7), ("two", 7), ("three", 8)):
            cache.put(secret, Verified(principal(Role.EDITOR, user_id), None), now=0, drops=cache.drops)

    def known() -> list[str]:
        return [secret for secret in ("one", "two", "three") if cache.get(secret, now=1)]

    fill()
    forget_revoked(cache, change("session", "one"))
    assert known() == ["two", "three"]
    fill()
    forget_revoked(cache, change("account", "7"))
    assert known() == ["three"]
    forget_revoked(cache, change("save", "three"))
    forget_revoked(cache, change("star", "three"))
    assert known() == ["three"]
