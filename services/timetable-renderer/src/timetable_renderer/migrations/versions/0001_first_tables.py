"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything that the first release keeps."""
    _festivals()
    _people()
    _outbox()


def _festivals() -> None:
    op.create_table(
        "festivals",
        sa.Column("id", _Text, primary_key=True),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("last_version", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("fetched_at", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("faults", sa.JSON, nullable=False),
        sa.Column("passed_over", sa.JSON, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("turn_holder", _Text),
        sa.Column("turn_until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("festival_id", _Text, sa.ForeignKey("festivals.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "copies",
        sa.Column("festival_id", _Text, sa.ForeignKey("festivals.id"), primary_key=True),
        sa.Column("place", _Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("etag", _Text),
        sa.Column("last_modified", _Text),
        sa.Column("fetched_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "shares",
        sa.Column("key", _Text, primary_key=True),
        sa.Column("festival_id", _Text, sa.ForeignKey("festivals.id"), nullable=False),
        sa.Column("picks", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_shares_festival_id", "shares", ["festival_id"])


def _people() -> None:
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


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
