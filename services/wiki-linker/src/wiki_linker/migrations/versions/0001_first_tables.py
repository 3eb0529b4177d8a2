"""The first tables."""

import sqlalchemy as sa
from alembic import op

from genba_servicekit.first_tables import outbox, people

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything that the first release keeps."""
    _entries()
    _history()
    people(op)
    _work()
    outbox(op)
    if op.get_bind().dialect.name == "postgresql":
        _postgresql_search()
    else:
        _sqlite_search()


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("keyword", _Text, nullable=False),
        sa.Column("description", _Text, nullable=False),
        sa.Column("author", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "entries_live_keyword",
        "entries",
        ["keyword"],
        unique=True,
        sqlite_where=sa.text("NOT deleted"),
        postgresql_where=sa.text("NOT deleted"),
    )
    op.create_index("entries_keyword", "entries", ["keyword"])
    op.create_index("entries_seq", "entries", ["seq"])
    op.create_table(
        "aliases",
        sa.Column("alias", _Text, primary_key=True),
        sa.Column("entry_id", _Id, sa.ForeignKey("entries.id"), nullable=False),
    )
    op.create_index("ix_aliases_entry_id", "aliases", ["entry_id"])
    op.create_table(
        "stars",
        sa.Column("entry_id", _Id, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("user_name", _Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _history() -> None:
    op.create_table(
        "revisions",
        sa.Column("entry_id", _Id, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("keyword", _Text, nullable=False),
        sa.Column("description", _Text, nullable=False),
        sa.Column("author", _Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("operation", _Text, nullable=False),
        sa.Column("summary", _Text, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("seq", _Id, primary_key=True, autoincrement=False),
        sa.Column("operation", _Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("entry_id", _Id, nullable=False),
        sa.Column("keyword", _Text, nullable=False),
        sa.Column("aliases", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", _Text, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("note", _Text, nullable=False),
    )


def _work() -> None:
    op.create_table(
        "imports",
        sa.Column("id", _Text, primary_key=True),
        sa.Column("format", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("beat_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.JSON, nullable=False),
        sa.Column("rejected_count", sa.Integer, nullable=False),
        sa.Column("error", _Text),
    )
    op.create_table(
        "meta",
        sa.Column("key", _Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def _sqlite_search() -> None:
    # Its own copy of the texts: the index is brought up to date behind the writes, when the old text is gone already.
    op.execute("CREATE VIRTUAL TABLE entries_fts USING fts5(keyword, description, tokenize='trigram')")


def _postgresql_search() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE INDEX entries_trigrams ON entries USING gin (keyword gin_trgm_ops, description gin_trgm_ops)")
