"""The first tables."""

import sqlalchemy as sa
from alembic import op

from genba_servicekit.first_tables import outbox, people

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make everything that the first release keeps."""
    _festivals()
    people(op)
    outbox(op)


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
