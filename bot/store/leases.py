"""Work that only one process does at a time, however many share the database."""

from __future__ import annotations

import datetime

from sqlalchemy import delete, or_, select

from bot.store._sql import upsert
from bot.store.engine import Store
from bot.store.tables import leases


class Leases:
    """Names that one owner holds until a moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, name: str, owner: str, until: datetime.datetime, now: datetime.datetime) -> bool:
        """Take or prolong a lease; False while another owner holds it."""
        values = {"name": name, "owner": owner, "until": until}
        async with self._store.writing() as connection:
            statement = upsert(
                connection, leases, values, ("owner", "until"), where=or_(leases.c.owner == owner, leases.c.until < now)
            )
            await connection.execute(statement)
            holder = await connection.scalar(select(leases.c.owner).where(leases.c.name == name))
        return holder == owner

    async def give_back(self, name: str, owner: str) -> None:
        """Let others have it at once."""
        async with self._store.writing() as connection:
            await connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))
