"""What servers chose, and everything that has to go when they leave."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence

import msgspec
from sqlalchemy import delete, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store._sql import upsert
from bot.store.engine import Store
from bot.store.model import DEFAULTS, DIRECT, GuildSettings
from bot.store.tables import OF_GUILDS, guilds


class Guilds:
    """Settings of servers, one row each."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def settings(self, guild_id: int, *, patience: float | None = None) -> GuildSettings:
        """A server's choices; the defaults where it has none.  `patience` is in seconds.

        Raises:
            StoreUnavailable: not readable now.
        """
        async with self._store.reading(patience=patience) as connection:
            row = await connection.scalar(select(guilds.c.settings).where(guilds.c.guild_id == guild_id))
        return DEFAULTS if row is None else _settings(row)

    async def choose(self, guild_id: int, settings: GuildSettings, now: datetime.datetime) -> None:
        """Replace a server's choices.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        values = {"guild_id": guild_id, "settings": msgspec.to_builtins(settings), "updated_at": now}
        async with self._store.writing() as connection:
            await connection.execute(upsert(connection, guilds, values, ("settings", "updated_at")))

    async def left(self, guild_id: int, now: datetime.datetime) -> None:
        """Note that the bot was taken out of a server; its data goes after a while."""
        values = {"guild_id": guild_id, "settings": {}, "updated_at": now, "left_at": now}
        async with self._store.writing() as connection:
            await connection.execute(upsert(connection, guilds, values, ("left_at",)))

    async def reconcile(self, present: Collection[int], ours: Callable[[int], bool], now: datetime.datetime) -> None:
        """Note who came back and who left while the bot was away.

        `present` are the servers that the bot is in; `ours` tells for which others that is known, since
        another process may serve them.
        """
        async with self._store.writing() as connection:
            rows = await connection.execute(select(guilds.c.guild_id, guilds.c.left_at))
            left = {row.guild_id: row.left_at for row in rows}
            for id in await _ids(connection):
                if id in present and left.get(id) is not None:
                    await connection.execute(update(guilds).where(guilds.c.guild_id == id).values(left_at=None))
                elif id != DIRECT and id not in present and left.get(id) is None and ours(id):
                    values = {"guild_id": id, "settings": {}, "updated_at": now, "left_at": now}
                    await connection.execute(upsert(connection, guilds, values, ("left_at",)))

    async def returned(self, guild_id: int) -> None:
        """Note that the bot is in a server again: nothing is deleted."""
        async with self._store.writing() as connection:
            await connection.execute(update(guilds).where(guilds.c.guild_id == guild_id).values(left_at=None))

    async def forget_left(self, before: datetime.datetime) -> tuple[int, ...]:
        """Delete everything of the servers that were left before a moment; returns their ids."""
        async with self._store.writing() as connection:
            gone = tuple((await connection.scalars(select(guilds.c.guild_id).where(guilds.c.left_at < before))).all())
            for table in OF_GUILDS:
                await connection.execute(delete(table).where(table.c.guild_id.in_(gone)))
        return gone

    async def forget(self, guild_id: int) -> None:
        """Delete everything of one server now."""
        async with self._store.writing() as connection:
            for table in OF_GUILDS:
                await connection.execute(delete(table).where(table.c.guild_id == guild_id))

    async def digests_due(self, before: datetime.datetime) -> tuple[tuple[int, GuildSettings], ...]:
        """Servers that want a digest and had the last one before a moment."""
        late = or_(guilds.c.digest_at.is_(None), guilds.c.digest_at < before)
        async with self._store.reading() as connection:
            rows = await connection.execute(
                select(guilds.c.guild_id, guilds.c.settings).where(late, guilds.c.left_at.is_(None))
            )
            found = [(id, _settings(settings)) for id, settings in rows]
        return tuple((id, settings) for id, settings in found if settings.digest_channel is not None)

    async def digested(self, guild_id: int, now: datetime.datetime, before: datetime.datetime) -> bool:
        """Claim a server's digest; False if another process was faster."""
        late = or_(guilds.c.digest_at.is_(None), guilds.c.digest_at < before)
        async with self._store.writing() as connection:
            done = await connection.execute(
                update(guilds).where(guilds.c.guild_id == guild_id, late).values(digest_at=now)
            )
        return done.rowcount == 1

    async def known(self) -> tuple[tuple[int, GuildSettings], ...]:
        """Every server of which anything is kept, with what it chose."""
        async with self._store.reading() as connection:
            chosen = {
                id: _settings(row) for id, row in await connection.execute(select(guilds.c.guild_id, guilds.c.settings))
            }
            ids = await _ids(connection)
        return tuple((id, chosen.get(id, DEFAULTS)) for id in ids)


async def _ids(connection: AsyncConnection) -> Sequence[int]:
    """Every server of which anything is kept."""
    return (await connection.scalars(union(*(select(table.c.guild_id) for table in OF_GUILDS)))).all()


def _settings(row: object) -> GuildSettings:
    """What was kept; a value that this version does not take any more falls back to its default."""
    fields = dict(row) if isinstance(row, dict) else {}
    while True:
        try:
            return msgspec.convert(fields, GuildSettings)
        except msgspec.ValidationError as error:
            wrong = str(error).partition("`$.")[2].rstrip("`").partition("[")[0]
            if fields.pop(wrong, None) is None:
                return DEFAULTS
