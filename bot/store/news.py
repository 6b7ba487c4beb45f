"""Hearing what other processes changed: PostgreSQL's LISTEN, where that is the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import asyncpg

from bot.store.engine import Store

_log = logging.getLogger(__name__)

CHANNEL: Final = "community"
PAUSE: Final = 5.0
"""Seconds before a connection that broke is made again."""


async def listen(store: Store, changed: Callable[[int | None], None]) -> None:
    """Call `changed` with the id of every server of which something was changed, for ever.

    None stands for all of them: after a break nobody knows what was missed.  With SQLite it does
    nothing: there is one process.
    """
    if store.is_sqlite:
        return
    address = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _hear(address, changed)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            _log.warning("changes by other processes are not heard at the moment: %s", type(error).__name__)
        await asyncio.sleep(PAUSE)


async def _hear(address: str, changed: Callable[[int | None], None]) -> None:
    broken = asyncio.Event()

    def heard(_connection: object, _process: int, _channel: str, what: object) -> None:
        changed(int(str(what)) if str(what).isdigit() else None)

    connection = await asyncpg.connect(address, timeout=10)
    try:
        connection.add_termination_listener(lambda _: broken.set())
        await connection.add_listener(CHANNEL, heard)
        changed(None)
        await broken.wait()
    finally:
        connection.terminate()
