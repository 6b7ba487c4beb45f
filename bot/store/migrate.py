"""Bringing the database to the schema of this version: guarded by a lock, with a backup of SQLite's file."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.store.backup import copy
from bot.store.engine import Store
from bot.store.errors import StoreError

_log = logging.getLogger(__name__)

PATIENCE: Final = 300.0
"""Seconds that a migration may take, waiting for another process included."""
_TRIES: Final = 200
_BETWEEN: Final = 0.05
"""Seconds between two tries."""
_LOCK: Final = 0x6B6E6F77
"""Number of PostgreSQL's advisory lock: any, but always the same."""


async def migrate(store: Store) -> Path | None:
    """Bring the schema up to date, once, however many processes start.

    Returns:
        The backup that was made of an embedded database before it was changed.

    Raises:
        StoreError: the database was made by a newer version of the bot.
        StoreUnavailable: it can not be used now.
    """
    if store.file is not None:
        await asyncio.to_thread(_keep_a_log, store.file)
    async with store.reading(patience=PATIENCE) as connection:
        before = await connection.run_sync(version)
    target = head()
    if before == target:
        return None
    if before is not None and before not in _known():
        raise StoreError(
            f"the database was made by a newer version of the bot (its schema is {before}, this bot knows {target}): "
            "install that version again, or restore a backup"
        )
    kept = copy(store.file, f"before-{target}") if before is not None and store.file is not None else None
    async with store.writing(patience=PATIENCE) as connection:
        await connection.run_sync(_upgrade)
    _log.info("the database's schema is %s now (it was %s)", target, before or "empty")
    return kept


def _keep_a_log(file: Path) -> None:
    """Let readers go on while somebody writes (WAL); the file remembers that.

    SQLite does not wait for others before it changes this, so it is tried again.  What is wrong with
    the file for good shows in what comes next.
    """
    for _ in range(_TRIES):
        try:
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                return
            time.sleep(_BETWEEN)
        except sqlite3.Error:
            return


def version(connection: Connection) -> str | None:
    """The schema that a database has; None where it has none yet."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The schema of this version of the bot."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the steps up to a version, in the open transaction."""
    command.upgrade(_config(connection), to)


def downgrade(connection: Connection, to: str) -> None:
    """Run the steps back down to a version ("base": none), in the open transaction."""
    command.downgrade(_config(connection), to)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Held until the end of the transaction; SQLite's writer is alone anyway.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    upgrade(connection)


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
