"""The face service's tables: who may set what its models are, and events that wait. Models are in the artifacts."""

import sqlalchemy as sa

from genba_servicekit.auth import auth_tables
from genba_servicekit.outbox import outbox_table

metadata = sa.MetaData()

auth = auth_tables(metadata)
outbox = outbox_table(metadata)
