"""The timetable service's tables."""

import sqlalchemy as sa

from genba_servicekit.auth import auth_tables
from genba_servicekit.outbox import outbox_table

metadata = sa.MetaData()

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

festivals = sa.Table(
    "festivals",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("config", sa.JSON, nullable=False),
    # A deleted festival keeps its row, so that one of the same id goes on counting: a version's number, which clients
    # keep copies by, never means two timetables.
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, comment="the newest; 0: none yet"),
    sa.Column("last_version", sa.Integer, nullable=False, comment="the newest there ever was"),
    sa.Column("tried_at", sa.BigInteger, comment="Unix milliseconds"),
    sa.Column("fetched_at", sa.BigInteger, comment="Unix milliseconds"),
    sa.Column("failing_since", sa.BigInteger, comment="Unix milliseconds"),
    sa.Column("faults", sa.JSON, nullable=False, comment="[where, reason]"),
    sa.Column("passed_over", sa.JSON, nullable=False, comment="[where, reason, harmless]"),
    sa.Column("due_at", sa.BigInteger, nullable=False, comment="Unix milliseconds: of the next refresh"),
    sa.Column("turn_holder", Text, comment="who is refreshing it"),
    sa.Column("turn_until", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("festival_id", Text, sa.ForeignKey("festivals.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("accepted_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="the timetable as JSON, zlib"),
)

copies = sa.Table(
    "copies",
    metadata,
    sa.Column("festival_id", Text, sa.ForeignKey("festivals.id"), primary_key=True),
    sa.Column("place", Text, primary_key=True, comment="URL or path"),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="as it came, zlib"),
    sa.Column("etag", Text),
    sa.Column("last_modified", Text),
    sa.Column("fetched_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
)

shares = sa.Table(
    "shares",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("festival_id", Text, sa.ForeignKey("festivals.id"), nullable=False, index=True),
    sa.Column("picks", sa.JSON, nullable=False, comment="slot ids"),
    sa.Column("created_at", sa.BigInteger, nullable=False, comment="Unix milliseconds"),
)

auth = auth_tables(metadata)
outbox = outbox_table(metadata)
