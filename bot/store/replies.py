"""Which message of ours answers which message of a person."""

from __future__ import annotations

import datetime

import msgspec
from sqlalchemy import delete, select

from bot.store._sql import upsert
from bot.store.engine import Store
from bot.store.tables import replies


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A message and our reply to it."""

    message_id: int
    guild_id: int
    channel_id: int
    user_id: int
    reply_id: int


class Replies:
    """Links between messages; ids alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, answered: Answered, now: datetime.datetime) -> None:
        """Remember a reply."""
        values = {**msgspec.structs.asdict(answered), "at": now}
        async with self._store.writing() as connection:
            await connection.execute(upsert(connection, replies, values, ("reply_id", "at")))

    async def get(self, guild_id: int, message_id: int, *, patience: float | None = None) -> Answered | None:
        """Our reply to a message of a server, if it is still known."""
        c = replies.c
        async with self._store.reading(patience=patience) as connection:
            row = (
                await connection.execute(
                    select(c.message_id, c.guild_id, c.channel_id, c.user_id, c.reply_id).where(
                        c.guild_id == guild_id, c.message_id == message_id
                    )
                )
            ).one_or_none()
        return None if row is None else Answered(**row._mapping)

    async def drop(self, guild_id: int, message_id: int) -> None:
        """Forget a reply."""
        async with self._store.writing() as connection:
            await connection.execute(
                delete(replies).where(replies.c.guild_id == guild_id, replies.c.message_id == message_id)
            )

    async def discard_old(self, before: datetime.datetime) -> int:
        """Forget all replies from before a moment; returns how many."""
        async with self._store.writing() as connection:
            done = await connection.execute(delete(replies).where(replies.c.at < before))
        return done.rowcount
