"""Versions of the schema, for Alembic; `bot.store.migrate` runs them."""
