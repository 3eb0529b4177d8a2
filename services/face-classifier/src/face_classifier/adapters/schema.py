"""The face service's tables: who may set its models, events that wait, and work. Models are in the artifacts."""

import sqlalchemy as sa

from genba_servicekit.auth import auth_tables
from genba_servicekit.outbox import outbox_table

metadata = sa.MetaData()

auth = auth_tables(metadata)
outbox = outbox_table(metadata)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("started_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("host", sa.Text),
    sa.Column("held_until", sa.BigInteger),
    sa.Column("progress", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Index("ix_jobs_state_created_at", "state", "created_at"),
    sa.Index("ix_jobs_kind_created_at", "kind", "created_at"),
)
