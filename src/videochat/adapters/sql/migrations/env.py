"""Alembic's environment: runs the migrations on the connection, and in the transaction, that ``upgrade`` hands over."""

from alembic import context

from videochat.adapters.sql.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
