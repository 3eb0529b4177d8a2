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
    people(op)
    outbox(op)
    op.create_table(
        "pools",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("region", _Text, nullable=False),
        sa.Column("zone_id", _Text),
        sa.Column("zone_name", _Text),
        sa.Column("type", _Text, nullable=False),
        sa.Column("product", _Text, nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("pool_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("micros", sa.BigInteger, nullable=False),
        sa.Column("holds", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "regions",
        sa.Column("region", _Text, primary_key=True),
        sa.Column("observed_until", sa.BigInteger),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("reason", _Text),
        sa.Column("code", _Text),
    )
