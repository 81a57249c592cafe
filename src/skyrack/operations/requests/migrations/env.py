"""Alembic environment; the connection comes from `skyrack.operations.requests.database`."""

from alembic import context

from skyrack.operations.requests.database import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
