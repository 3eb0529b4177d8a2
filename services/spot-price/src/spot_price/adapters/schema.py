"""The price service's tables."""

import sqlalchemy as sa

from genba_servicekit.auth import auth_tables
from genba_servicekit.outbox import outbox_table

metadata = sa.MetaData()

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Id = sa.Integer()

auth = auth_tables(metadata)
outbox = outbox_table(metadata)

pools = sa.Table(
    "pools",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("region", Text, nullable=False),
    sa.Column("zone_id", Text),
    sa.Column("zone_name", Text),
    sa.Column("type", Text, nullable=False),
    sa.Column("product", Text, nullable=False),
)

# Without a rowid the rows lie in the order of the key, once: a pool's window is one stretch of the file, and 10 million
# records take half of what a table with an index takes.
records = sa.Table(
    "records",
    metadata,
    sa.Column("pool_id", Id, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False, comment="Unix seconds"),
    sa.Column("micros", sa.BigInteger, nullable=False, comment="millionths of a US dollar an hour; 0 is unknown"),
    sa.Column("holds", sa.Integer, nullable=False, comment="seconds; 0 is without end"),
    sqlite_with_rowid=False,
)

regions = sa.Table(
    "regions",
    metadata,
    sa.Column("region", Text, primary_key=True),
    sa.Column("observed_until", sa.BigInteger, comment="Unix seconds, as all times here"),
    sa.Column("tried_at", sa.BigInteger),
    sa.Column("failing_since", sa.BigInteger),
    sa.Column("reason", Text),
    sa.Column("code", Text),
)

collector = sa.Table(
    "collector",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False, comment="1: there is one row"),
    sa.Column("source", sa.Text, nullable=False, comment="the name of where the prices come from"),
    sa.Column("speed", sa.Float, nullable=False, comment="how many times as fast as on the wall time goes there"),
    sa.Column("wall", sa.Float, nullable=False, comment="Unix seconds on the wall"),
    sa.Column("shown", sa.Float, nullable=False, comment="Unix seconds that the source's clock showed then"),
    sa.Column("holder", sa.Text, comment="which process asks the source"),
    sa.Column("held_until", sa.Float, comment="Unix seconds on the wall"),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False, comment="Unix seconds on the wall"),
    sa.Column("name", sa.Text, nullable=False, comment="of the file, without where it was"),
    sa.Column("records", sa.BigInteger, nullable=False, comment="how many were new"),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("spec", sa.Text, nullable=False, comment="JSON: kind, pools, threshold…"),
    sa.Column("webhook", sa.Text),
    sa.Column("secret", sa.Text, nullable=False, comment="what bodies are signed with; receivers have it too"),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, comment="Unix seconds on the wall, as all times here"),
    sa.Column("armed", sa.Boolean, nullable=False),
    sa.Column("reference", sa.Float),
    sa.Column("place", sa.Text),
    sa.Column("spoken_at", sa.BigInteger),
    sa.Column("spoken", Id, nullable=False, comment="how often"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, comment="the webhook-id"),
    sa.Column("alert_id", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False, comment="as it is sent, byte for byte"),
    sa.Column("state", sa.Text, nullable=False, comment="waiting, delivered or dead"),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("attempts", Id, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False, comment="when it is sent next, while it waits"),
    sa.Column("tried_at", sa.BigInteger),
    sa.Column("reason", sa.Text, comment="why the last attempt failed"),
    # With 100,000 that were taken, what waits is found in 1 ms, not 27.
    sa.Index("ix_deliveries_state_due_at", "state", "due_at"),
)
