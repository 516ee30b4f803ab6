"""Alembic's entry: the connection comes from ``hub.store.database``."""

from alembic import context

from hub.store.migrations.target import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata(), render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
