"""Users, sessions and API keys in a database, and the memory before it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_servicekit import auth
from genba_servicekit.auth import (
    ANONYMOUS,
    BadName,
    NameTaken,
    Principal,
    Role,
    Verified,
    auth_tables,
    hash_secret,
)
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.database_engines import parse_url, writer_engine
from genba_servicekit.testing import test_data

HOUR = 3600 * 1000
NOW = 1_760_000_000_000

metadata = sa.MetaData()
tables = auth_tables(metadata)


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Connection]:
    url = f"sqlite:///{tmp_path}/auth.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    engine = writer_engine(parse_url(url), lock_wait=5)
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


def new_user(connection: sa.Connection, name: str = "hana", role: Role = Role.EDITOR) -> int:
    return auth.create_user(connection, tables, name=name, password_hash="$argon2id$…", role=role, now=NOW)


def new_key(connection: sa.Connection, role: Role = Role.EDITOR, owner_id: int | None = None) -> tuple[int, str]:
    made, key = auth.create_api_key(connection, tables, name="importer", role=role, owner_id=owner_id, now=NOW)
    return made.id, key


def by_key(connection: sa.Connection, key: str, now: int = NOW) -> Verified | None:
    return auth.api_key_by_hash(connection, tables, hash_secret(key), now=now)


def by_token(connection: sa.Connection, token: str, now: int = NOW) -> Verified | None:
    return auth.session_by_token(connection, tables, hash_secret(token), now=now)


def test_a_role_allows_what_lesser_roles_may() -> None:
    allowed = [[role.allows(needed) for needed in Role] for role in Role]
    assert allowed == [[True, False, False], [True, True, False], [True, True, True]]
    assert Role.ADMIN.allows("editor")
    assert not ANONYMOUS.known


def test_a_user_is_found_by_exactly_its_name(connection: sa.Connection) -> None:
    user_id = new_user(connection, "Hana")
    found = auth.find_user(connection, tables, "Hana")

    assert found is not None
    assert (found.id, found.role, found.created_at, found.disabled) == (user_id, Role.EDITOR, NOW, False)
    assert auth.get_user(connection, tables, user_id) == found
    assert auth.find_user(connection, tables, "hana") is None
    assert auth.get_user(connection, tables, user_id + 1) is None


def test_a_name_is_given_once(connection: sa.Connection) -> None:
    new_user(connection, "花")
    with pytest.raises(NameTaken, match="花"):
        new_user(connection, "花")
    assert new_user(connection, "花子") > 0


@pytest.mark.parametrize(
    "name",
    ["", " hana", "hana ", "x" * 65, "ha\0na", "ha\nna", "ha\u202ena", "ha\u200bna", "\ud800", "か\u3099", "\u3000花"],
)
def test_a_name_that_could_be_mistaken_for_another_is_refused(name: str) -> None:
    with pytest.raises(BadName):
        auth.check_name(name)


@pytest.mark.parametrize("name", ["a", "x" * 64, "花 子", "O'Brien", "<b>", "が", "🎸", "1'; DROP TABLE users"])
def test_a_name_may_have_any_visible_characters(connection: sa.Connection, name: str) -> None:
    assert auth.get_user(connection, tables, new_user(connection, name)) == auth.find_user(connection, tables, name)


def test_every_name_of_the_real_wiki_will_do() -> None:
    lines = (test_data("wiki") / "users.jsonl").read_text().splitlines()
    for line in lines:
        auth.check_name(json.loads(line)["name"])
    assert len(lines) == 577


def test_a_role_and_a_hash_can_be_changed(connection: sa.Connection) -> None:
    user_id = new_user(connection)
    assert auth.set_role(connection, tables, user_id, Role.ADMIN)
    assert auth.set_password_hash(connection, tables, user_id, "other")
    found = auth.get_user(connection, tables, user_id)
    assert found is not None
    assert (found.role, found.password_hash) == (Role.ADMIN, "other")
    assert not auth.set_role(connection, tables, 999, Role.ADMIN)


def test_a_session_is_its_users_until_it_ends(connection: sa.Connection) -> None:
    user_id = new_user(connection)
    token = auth.create_session(connection, tables, user_id, now=NOW, lifetime=HOUR)

    expected = Verified(Principal(user_id, "hana", Role.EDITOR, "session"), NOW + HOUR)
    assert by_token(connection, token, NOW + HOUR - 1) == expected
    assert by_token(connection, token, NOW + HOUR) is None
    assert by_token(connection, token[:-1] + "!") is None


def test_no_table_has_a_token_or_a_key_that_would_open_anything(connection: sa.Connection) -> None:
    token = auth.create_session(connection, tables, new_user(connection), now=NOW)
    _, key = new_key(connection)
    stored = [
        str(value)
        for table in (tables.sessions, tables.api_keys)
        for row in connection.execute(sa.select(table))
        for value in row
    ]
    assert hash_secret(token) in stored
    assert not any(token in value or key in value for value in stored)
    assert len(token) == 43  # 256 bits
    assert len({auth.create_session(connection, tables, 1, now=NOW) for _ in range(50)}) == 50


def test_a_session_that_was_revoked_is_nobodys(connection: sa.Connection) -> None:
    user_id = new_user(connection)
    tokens = [auth.create_session(connection, tables, user_id, now=NOW) for _ in range(3)]

    assert auth.revoke_session(connection, tables, hash_secret(tokens[0]))
    assert not auth.revoke_session(connection, tables, hash_secret(tokens[0]))
    assert [by_token(connection, token) is None for token in tokens] == [True, False, False]
    assert auth.revoke_sessions(connection, tables, user_id) == 2
    assert [by_token(connection, token) for token in tokens] == [None] * 3


def test_sessions_that_have_ended_are_cleared_away(connection: sa.Connection) -> None:
    user_id = new_user(connection)
    for lifetime in (1, 2, HOUR):
        auth.create_session(connection, tables, user_id, now=NOW, lifetime=lifetime)
    assert auth.purge_sessions(connection, tables, now=NOW + 2) == 2
    assert auth.purge_sessions(connection, tables, now=NOW + 2) == 0


def test_who_is_shut_out_has_neither_sessions_nor_keys(connection: sa.Connection) -> None:
    user_id = new_user(connection)
    token = auth.create_session(connection, tables, user_id, now=NOW)
    _, key = new_key(connection, owner_id=user_id)

    assert auth.set_disabled(connection, tables, user_id, disabled=True)
    assert by_token(connection, token) is None
    assert by_key(connection, key) is None
    assert auth.set_disabled(connection, tables, user_id, disabled=False)
    assert by_token(connection, token) is not None
    assert by_key(connection, key) is not None


def test_a_key_acts_for_its_owner_and_may_no_more_than_both(connection: sa.Connection) -> None:
    owner = new_user(connection)
    for key_role, owner_role, allowed in (
        (Role.EDITOR, Role.ADMIN, Role.EDITOR),
        (Role.ADMIN, Role.EDITOR, Role.EDITOR),
        (Role.ADMIN, Role.READER, Role.READER),
    ):
        auth.set_role(connection, tables, owner, owner_role)
        verified = by_key(connection, new_key(connection, key_role, owner)[1])
        assert verified is not None
        assert verified.principal == Principal(owner, "hana", allowed, "api_key")


def test_a_services_own_key_is_called_by_its_purpose(connection: sa.Connection) -> None:
    verified = by_key(connection, new_key(connection, Role.ADMIN)[1])
    assert verified is not None
    assert verified.principal == Principal(None, "importer", Role.ADMIN, "api_key")


def test_a_revoked_key_is_nobodys_and_stays_listed(connection: sa.Connection) -> None:
    owner = new_user(connection)
    key_id, key = new_key(connection, owner_id=owner)
    new_key(connection)

    assert auth.revoke_api_key(connection, tables, key_id, now=NOW + 5) == hash_secret(key)
    assert auth.revoke_api_key(connection, tables, key_id, now=NOW + 6) is None
    assert by_key(connection, key) is None
    (listed,) = auth.list_api_keys(connection, tables, owner_id=owner)
    assert (listed.id, listed.revoked_at, listed.name) == (key_id, NOW + 5, "importer")
    assert key.startswith(listed.prefix)
    assert len(listed.prefix) == 9
    assert len(auth.list_api_keys(connection, tables)) == 2


def test_a_keys_last_use_is_noted_to_the_hour(connection: sa.Connection) -> None:
    key_id, key = new_key(connection)

    def stale(now: int) -> bool:
        verified = by_key(connection, key, now)
        assert verified is not None
        return verified.stale_use

    assert stale(NOW)
    auth.note_use(connection, tables, hash_secret(key), now=NOW)
    assert not stale(NOW + HOUR - 1)
    assert stale(NOW + HOUR)
    assert [listed.last_used_at for listed in auth.list_api_keys(connection, tables) if listed.id == key_id] == [NOW]


HANA = Verified(Principal(1, "hana", Role.EDITOR, "session"), NOW + HOUR)
TARO = Verified(Principal(2, "taro", Role.READER, "api_key"), None)


def put(cache: SessionCache, secret_hash: str, verified: Verified, now: int = NOW) -> None:
    cache.put(secret_hash, verified, now=now, drops=cache.drops)


def test_what_is_remembered_ends_with_its_time_or_the_sessions() -> None:
    cache = SessionCache(ttl=1000)
    put(cache, "a", HANA)
    put(cache, "b", HANA, NOW + HOUR - 10)

    assert cache.get("a", now=NOW + 999) == HANA.principal
    assert cache.get("a", now=NOW + 1000) is None
    assert cache.get("b", now=NOW + HOUR - 1) == HANA.principal
    assert cache.get("b", now=NOW + HOUR) is None
    assert cache.get("c", now=NOW) is None


def test_the_memory_keeps_the_newest_when_it_is_full() -> None:
    cache = SessionCache(limit=3)
    for secret in "abcbd":
        put(cache, secret, HANA)
    assert [cache.get(secret, now=NOW) is not None for secret in "abcd"] == [False, True, True, True]
    assert len(cache) == 3


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        (lambda cache: cache.drop("a"), "bc"),
        (lambda cache: cache.drop_user(1), "c"),
        (lambda cache: cache.clear(), ""),
    ],
)
def test_what_is_revoked_is_forgotten(drop: Callable[[SessionCache], None], left: str) -> None:
    cache = SessionCache()
    for secret, verified in (("a", HANA), ("b", HANA), ("c", TARO)):
        put(cache, secret, verified)
    drop(cache)
    assert "".join(secret for secret in "abc" if cache.get(secret, now=NOW)) == left


def test_what_was_read_before_a_revocation_is_not_remembered_after_it() -> None:
    cache = SessionCache()
    before = cache.drops
    cache.drop("a")  # while the database is being read
    cache.put("a", HANA, now=NOW, drops=before)
    assert cache.get("a", now=NOW) is None
