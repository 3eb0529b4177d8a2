"""The wiki's tables.

Every text column compares by code point (SQLite's BINARY, PostgreSQL's "C"): a keyword is its exact characters, and
lists in keyword order come out the same on both.
"""

import sqlalchemy as sa

from genba_servicekit.auth import auth_tables
from genba_servicekit.outbox import outbox_table

metadata = sa.MetaData()

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("keyword", Text, nullable=False),
    sa.Column("description", Text, nullable=False),
    sa.Column("author", Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
    sa.Column("updated_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="the change that last saved it: the order of the wiki"),
    sa.Column("deleted", sa.Boolean, nullable=False, default=False),
    # A deleted entry keeps its row and history, and leaves its keyword free.
    sa.Index(
        "entries_live_keyword",
        "keyword",
        unique=True,
        sqlite_where=sa.text("NOT deleted"),
        postgresql_where=sa.text("NOT deleted"),
    ),
    sa.Index("entries_keyword", "keyword"),
    sa.Index("entries_seq", "seq"),
    sqlite_autoincrement=True,
)

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("alias", Text, primary_key=True),
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), nullable=False, index=True),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("keyword", Text, nullable=False),
    sa.Column("description", Text, nullable=False),
    sa.Column("author", Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("operation", Text, nullable=False),
    sa.Column("summary", Text, nullable=False),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("operation", Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("entry_id", Id, nullable=False),
    sa.Column("keyword", Text, nullable=False),
    sa.Column("aliases", sa.JSON, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("author", Text, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("note", Text, nullable=False),
)

stars = sa.Table(
    "stars",
    metadata,
    sa.Column("entry_id", Id, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("user_name", Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="the order of starring"),
    sa.Column("at", sa.BigInteger, nullable=False),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("format", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column(
        "beat_at", sa.BigInteger, nullable=False, comment="when it last wrote: a dead process's jobs stand still"
    ),
    sa.Column("finished_at", sa.BigInteger),
    sa.Column("created", sa.Integer, nullable=False, default=0),
    sa.Column("updated", sa.Integer, nullable=False, default=0),
    sa.Column("unchanged", sa.Integer, nullable=False, default=0),
    sa.Column("rejected", sa.JSON, nullable=False, comment="the first hundred bad lines: [line, reason]"),
    sa.Column("rejected_count", sa.Integer, nullable=False, default=0),
    sa.Column("error", Text),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

auth = auth_tables(metadata)
outbox = outbox_table(metadata)
