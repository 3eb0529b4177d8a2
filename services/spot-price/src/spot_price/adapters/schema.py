"""The price service's tables."""

import sqlalchemy as sa

from genba_servicekit.auth import auth_tables
from genba_servicekit.outbox import outbox_table

metadata = sa.MetaData()

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

auth = auth_tables(metadata)
outbox = outbox_table(metadata)
