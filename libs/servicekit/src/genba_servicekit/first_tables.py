"""Tables that every service has, as the first version of its database makes them.

They are written out, not taken from `auth` and `outbox`: those say how the tables are today, this how they began.
"""

from typing import Any

import sqlalchemy as sa

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def people(op: Any) -> None:
    """Users, their sessions, API keys. `op` is `alembic.op`."""
    op.create_table(
        "users",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", _Text, nullable=False, unique=True),
        sa.Column("password_hash", _Text, nullable=False),
        sa.Column("role", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", _Text, primary_key=True),
        sa.Column("user_id", _Id, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "api_keys",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", _Text, nullable=False),
        sa.Column("prefix", _Text, nullable=False),
        sa.Column("key_hash", _Text, nullable=False, unique=True),
        sa.Column("role", _Text, nullable=False),
        sa.Column("owner_id", _Id, sa.ForeignKey("users.id")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_keys_owner_id", "api_keys", ["owner_id"])


def outbox(op: Any) -> None:
    """Events on their way. `op` is `alembic.op`."""
    op.create_table(
        "outbox",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
