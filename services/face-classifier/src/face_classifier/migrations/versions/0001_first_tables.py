"""The first tables."""

from alembic import op

from genba_servicekit.first_tables import outbox, people

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything that the first release keeps."""
    people(op)
    outbox(op)
