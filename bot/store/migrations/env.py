"""What Alembic runs: on the connection that it is given, in the transaction that is open there."""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can not alter a column in place.
    render_as_batch=True,
)
context.run_migrations()
