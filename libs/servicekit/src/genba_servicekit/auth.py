"""Who may do what: users, their sessions, programs' API keys, and what of it is stored.

Every function takes a connection of the caller's transaction and does its part of it; nothing else is read or written
here. Times are Unix milliseconds and are passed in. Session tokens and API keys are 256 random bits; a database keeps
only their SHA-256, so that a stolen copy of it opens nothing (a hash without salt or stretching is enough for a secret
that nobody can guess: OWASP Session Management Cheat Sheet).

A user's name is its exact characters: `Bob` and `bob` are two people, as keywords are in the wiki.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import sqlalchemy as sa

SESSION_LIFETIME_MS = 30 * 24 * 3600 * 1000
API_KEY_MARK = "gk_"

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


def hash_secret(secret: str) -> str:
    """What is stored of a session token or an API key: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
