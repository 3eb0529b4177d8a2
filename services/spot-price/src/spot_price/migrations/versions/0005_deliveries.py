"""Messages that wait are found at once, however many were taken."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the indexes."""
    op.drop_index("ix_deliveries_due_at", "deliveries")
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
