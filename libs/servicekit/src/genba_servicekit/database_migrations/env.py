# ruff: noqa: INP001  (Alembic runs this file, and nobody imports it)
"""What Alembic runs for every service: its versions, on the connection and in the transaction that migrate.py gives."""

from alembic import context

connection = context.config.attributes["connection"]
# SQLite takes back a CREATE TABLE as it does an INSERT, which Alembic leaves unused unless told.
context.configure(connection=connection, transactional_ddl=True)
context.run_migrations()
