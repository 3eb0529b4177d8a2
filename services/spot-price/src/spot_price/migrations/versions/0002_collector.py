"""Where the prices come from, and which process asks for them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of one row."""
    op.create_table(
        "collector",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("speed", sa.Float, nullable=False),
        sa.Column("wall", sa.Float, nullable=False),
        sa.Column("shown", sa.Float, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("held_until", sa.Float),
    )
