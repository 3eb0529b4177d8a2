"""Who may do what: users, their sessions, programs' API keys, and what of it is stored.

Every function takes a connection of the caller's transaction and does its part of it; nothing else is read or written
here. Times are Unix milliseconds and are passed in. Session tokens and API keys are 256 random bits; a database keeps
only their SHA-256, so that a stolen copy of it opens nothing (a hash without salt or stretching is enough for a secret
that nobody can guess: OWASP Session Management Cheat Sheet).

A user's name is its exact characters: `Bob` and `bob` are two people, as keywords are in the wiki.
"""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import sqlalchemy as sa

from genba_servicekit.errors import Conflict, UnprocessableContent

SESSION_LIFETIME_MS: Final = 30 * 24 * 3600 * 1000
API_KEY_MARK: Final = "gk_"
NAME_LIMIT: Final = 64
"""The longest user name, in characters."""

_SECRET_BYTES: Final = 32  # 256 bits: 43 characters of base64url
_SHOWN: Final = len(API_KEY_MARK) + 6  # of a key's characters, so that its owner can tell it from others
_HOUR_MS: Final = 3600 * 1000

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Role(StrEnum):
    """What someone may do; each role may do all that those before it may."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"

    def allows(self, needed: "Role | str") -> bool:
        """Whether this role is enough where `needed` is asked for."""
        return _RANK[self] >= _RANK[Role(needed)]


_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person by session, a program by API key (acting for its owner, where it has one), or nobody known."""

    user_id: int | None
    name: str
    role: Role
    via: Literal["session", "api_key", "anonymous"]

    @property
    def known(self) -> bool:
        """Whether this is somebody, not an anonymous reader."""
        return self.via != "anonymous"


ANONYMOUS = Principal(user_id=None, name="", role=Role.READER, via="anonymous")


@dataclass(frozen=True, slots=True)
class AuthTables:
    """The tables that `auth_tables` made."""

    users: sa.Table
    sessions: sa.Table
    api_keys: sa.Table


def auth_tables(metadata: sa.MetaData) -> AuthTables:
    """Add `users`, `sessions` and `api_keys` to a service's tables."""
    users = sa.Table(
        "users",
        metadata,
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", _Text, nullable=False, unique=True),
        sa.Column("password_hash", _Text, nullable=False, comment="argon2id, in its own encoded form"),
        sa.Column("role", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
        sa.Column("disabled", sa.Boolean, nullable=False, default=False),
        sqlite_autoincrement=True,
    )
    sessions = sa.Table(
        "sessions",
        metadata,
        sa.Column("token_hash", _Text, primary_key=True, comment="SHA-256 of the cookie's token, in hex"),
        sa.Column("user_id", _Id, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("created_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True, comment="Unix milliseconds"),
    )
    api_keys = sa.Table(
        "api_keys",
        metadata,
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", _Text, nullable=False),
        sa.Column("prefix", _Text, nullable=False, comment="the key's first characters, to tell it by"),
        sa.Column("key_hash", _Text, nullable=False, unique=True, comment="SHA-256 of the key, in hex"),
        sa.Column("role", _Text, nullable=False),
        sa.Column("owner_id", _Id, sa.ForeignKey("users.id"), index=True, comment="empty: nobody's, a service's own"),
        sa.Column("created_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
        sa.Column("last_used_at", sa.BigInteger, comment="Unix milliseconds, to the hour"),
        sa.Column("revoked_at", sa.BigInteger, comment="Unix milliseconds"),
        sqlite_autoincrement=True,
    )
    return AuthTables(users, sessions, api_keys)


class NameTaken(Conflict):
    """Another user has this name."""

    title = "This name is taken"


class BadName(UnprocessableContent):
    """Not a name that a user may have."""

    title = "Not a name that can be used here"


@dataclass(frozen=True, slots=True)
class User:
    """A user as stored."""

    id: int
    name: str
    password_hash: str
    role: Role
    created_at: int
    disabled: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of an API key, but not the key."""

    id: int
    name: str
    prefix: str
    role: Role
    owner_id: int | None
    created_at: int
    last_used_at: int | None
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Verified:
    """Whom a token or a key belongs to, and until when that holds. `stale_use`: its last use should be noted anew."""

    principal: Principal
    expires_at: int | None
    stale_use: bool = False


def hash_secret(secret: str) -> str:
    """What is stored of a session token or an API key: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_name(name: str) -> None:
    """See that a user may be called so: 1 to 64 characters, in composed form, none of them invisible.

    Raises:
        BadName: with what is wrong about it.
    """
    if not 0 < len(name) <= NAME_LIMIT:
        raise BadName(f"A name has 1 to {NAME_LIMIT} characters.")
    if name != name.strip():
        raise BadName("A name neither begins nor ends with a space.")
    # Control, format (bidi and zero-width), surrogate, private-use and unassigned characters; line separators.
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in name):
        raise BadName("A name has no invisible characters.")
    if not unicodedata.is_normalized("NFC", name):
        raise BadName("A name is written in composed characters (Unicode NFC).")


def create_user(
    connection: sa.Connection, tables: AuthTables, *, name: str, password_hash: str, role: Role, now: int
) -> int:
    """Add a user and give its id.

    Raises:
        BadName: see `check_name`.
        NameTaken: there is one of this name.
    """
    check_name(name)
    users = tables.users
    if find_user(connection, tables, name) is not None:  # no race: writers take turns
        raise NameTaken(f"{name} is taken.")
    values = {"name": name, "password_hash": password_hash, "role": role.value, "created_at": now, "disabled": False}
    created = connection.execute(users.insert().returning(users.c.id), values)
    return int(created.scalar_one())


def find_user(connection: sa.Connection, tables: AuthTables, name: str) -> User | None:
    """The user of exactly this name."""
    return _user(connection, tables, tables.users.c.name == name)


def get_user(connection: sa.Connection, tables: AuthTables, user_id: int) -> User | None:
    """The user of this id."""
    return _user(connection, tables, tables.users.c.id == user_id)


def _user(connection: sa.Connection, tables: AuthTables, which: sa.ColumnElement[bool]) -> User | None:
    row = connection.execute(sa.select(tables.users).where(which)).one_or_none()
    if row is None:
        return None
    return User(row.id, row.name, row.password_hash, Role(row.role), row.created_at, row.disabled)


def set_role(connection: sa.Connection, tables: AuthTables, user_id: int, role: Role) -> bool:
    """Give a user another role; whether there is such a user. Caches have to forget the user."""
    return _update_user(connection, tables, user_id, role=role.value)


def set_password_hash(connection: sa.Connection, tables: AuthTables, user_id: int, password_hash: str) -> bool:
    """Keep another hash; whether there is such a user. Sessions stay: see `revoke_sessions`."""
    return _update_user(connection, tables, user_id, password_hash=password_hash)


def set_disabled(connection: sa.Connection, tables: AuthTables, user_id: int, *, disabled: bool) -> bool:
    """Shut a user out, sessions and API keys too, or let it in again. Caches have to forget the user."""
    return _update_user(connection, tables, user_id, disabled=disabled)


def _update_user(connection: sa.Connection, tables: AuthTables, user_id: int, **values: str | bool) -> bool:
    users = tables.users
    return connection.execute(users.update().where(users.c.id == user_id), values).rowcount == 1


def create_session(
    connection: sa.Connection, tables: AuthTables, user_id: int, *, now: int, lifetime: int = SESSION_LIFETIME_MS
) -> str:
    """Open a session of `lifetime` milliseconds and give its token, which is stored nowhere."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    values = {"token_hash": hash_secret(token), "user_id": user_id, "created_at": now, "expires_at": now + lifetime}
    connection.execute(tables.sessions.insert(), values)
    return token


def session_by_token(connection: sa.Connection, tables: AuthTables, token_hash: str, *, now: int) -> Verified | None:
    """Whose session this is, if it has neither ended nor been revoked and its user may still come in."""
    users, sessions = tables.users, tables.sessions
    row = connection.execute(
        sa.select(users.c.id, users.c.name, users.c.role, sessions.c.expires_at)
        .join_from(sessions, users, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, sa.not_(users.c.disabled))
    ).one_or_none()
    if row is None:
        return None
    return Verified(Principal(row.id, row.name, Role(row.role), "session"), row.expires_at)


def revoke_session(connection: sa.Connection, tables: AuthTables, token_hash: str) -> bool:
    """End one session; whether there was one. Caches have to drop the hash."""
    sessions = tables.sessions
    return connection.execute(sessions.delete().where(sessions.c.token_hash == token_hash)).rowcount == 1


def revoke_sessions(connection: sa.Connection, tables: AuthTables, user_id: int) -> int:
    """End all sessions of a user; how many there were. Caches have to forget the user."""
    sessions = tables.sessions
    return connection.execute(sessions.delete().where(sessions.c.user_id == user_id)).rowcount


def purge_sessions(connection: sa.Connection, tables: AuthTables, *, now: int) -> int:
    """Delete the sessions that have ended by themselves; how many there were."""
    sessions = tables.sessions
    return connection.execute(sessions.delete().where(sessions.c.expires_at <= now)).rowcount


def create_api_key(
    connection: sa.Connection, tables: AuthTables, *, name: str, role: Role, owner_id: int | None, now: int
) -> tuple[ApiKey, str]:
    """Make an API key and give what is known of it, and the key itself, which is stored nowhere.

    Args:
        connection: of a write.
        tables: of `auth_tables`.
        name: what it is for, in its owner's words.
        role: what it may do, as far as its owner may.
        owner_id: for whom it acts; None for a service's own.
        now: Unix milliseconds.
    """
    key = API_KEY_MARK + secrets.token_urlsafe(_SECRET_BYTES)
    columns = tables.api_keys.c
    values = {
        "name": name,
        "prefix": key[:_SHOWN],
        "key_hash": hash_secret(key),
        "role": role.value,
        "owner_id": owner_id,
        "created_at": now,
    }
    key_id = connection.execute(tables.api_keys.insert().returning(columns.id), values).scalar_one()
    return ApiKey(key_id, name, key[:_SHOWN], role, owner_id, now, None, None), key


def list_api_keys(connection: sa.Connection, tables: AuthTables, *, owner_id: int | None = None) -> Sequence[ApiKey]:
    """All keys, or those of one owner, oldest first, revoked ones too."""
    keys = tables.api_keys
    query = sa.select(keys).order_by(keys.c.id)
    if owner_id is not None:
        query = query.where(keys.c.owner_id == owner_id)
    return [
        ApiKey(
            row.id,
            row.name,
            row.prefix,
            Role(row.role),
            row.owner_id,
            row.created_at,
            row.last_used_at,
            row.revoked_at,
        )
        for row in connection.execute(query)
    ]


def api_key_by_hash(connection: sa.Connection, tables: AuthTables, key_hash: str, *, now: int) -> Verified | None:
    """For whom this key acts, if it has not been revoked and its owner may still come in.

    It may do what both its own role and its owner's allow.
    """
    users, keys = tables.users, tables.api_keys
    row = connection.execute(
        sa.select(keys, users.c.name.label("owner"), users.c.role.label("owner_role"))
        .join_from(keys, users, keys.c.owner_id == users.c.id, isouter=True)
        .where(keys.c.key_hash == key_hash, keys.c.revoked_at.is_(None))
        .where(sa.or_(keys.c.owner_id.is_(None), sa.not_(users.c.disabled)))
    ).one_or_none()
    if row is None:
        return None
    role = Role(row.role)
    if row.owner_role is not None and not Role(row.owner_role).allows(role):
        role = Role(row.owner_role)
    principal = Principal(row.owner_id, row.name if row.owner is None else row.owner, role, "api_key")
    return Verified(principal, None, stale_use=row.last_used_at is None or row.last_used_at <= now - _HOUR_MS)


def note_use(connection: sa.Connection, tables: AuthTables, key_hash: str, *, now: int) -> None:
    """Keep that a key was used just now."""
    keys = tables.api_keys
    connection.execute(keys.update().where(keys.c.key_hash == key_hash), {"last_used_at": now})


def revoke_api_key(connection: sa.Connection, tables: AuthTables, key_id: int, *, now: int) -> str | None:
    """Make a key useless and give its hash, which caches have to drop; None if there is no such key in use."""
    keys = tables.api_keys
    revoked = connection.execute(
        keys.update().where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).returning(keys.c.key_hash),
        {"revoked_at": now},
    )
    return revoked.scalar_one_or_none()
