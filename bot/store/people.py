"""What is kept about one person, wherever it stands: to show it, and to delete it."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import delete, select, update

from bot.store.engine import Store
from bot.store.tables import contribution_votes, contributions, replies, votes


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one person, as plain rows."""

    votes: tuple[dict[str, Any], ...]
    contributions: tuple[dict[str, Any], ...]
    contribution_votes: tuple[dict[str, Any], ...]
    decisions: tuple[dict[str, Any], ...]
    """Proposals that the person decided on as a reviewer."""
    replies: tuple[dict[str, Any], ...]

    def __bool__(self) -> bool:
        return any(msgspec.structs.astuple(self))


class People:
    """One person's data, over all servers: it is theirs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def export(self, user_id: int) -> Kept:
        """All of it."""
        c = contributions.c
        async with self._store.reading() as connection:

            async def rows(statement: Any) -> tuple[dict[str, Any], ...]:
                return tuple(dict(row._mapping) for row in await connection.execute(statement))

            return Kept(
                votes=await rows(
                    select(votes.c.guild_id, votes.c.entry, votes.c.helped, votes.c.at).where(
                        votes.c.user_id == user_id
                    )
                ),
                contributions=await rows(
                    select(c.id, c.guild_id, c.kind, c.status, c.entry, c.content, c.created_at).where(
                        c.author_id == user_id
                    )
                ),
                contribution_votes=await rows(
                    select(contribution_votes.c.contribution_id, contribution_votes.c.up).where(
                        contribution_votes.c.user_id == user_id
                    )
                ),
                decisions=await rows(select(c.id, c.guild_id, c.status, c.decided_at).where(c.decided_by == user_id)),
                replies=await rows(
                    select(
                        replies.c.guild_id, replies.c.channel_id, replies.c.message_id, replies.c.reply_id, replies.c.at
                    ).where(replies.c.user_id == user_id)
                ),
            )

    async def forget(self, user_id: int) -> int:
        """Delete votes and links, and take the name off proposals and decisions; returns how many rows.

        A proposal that nobody has decided on goes as a whole; an approved one belongs to the server.
        """
        c = contributions.c
        async with self._store.writing() as connection:
            done = [
                await connection.execute(delete(votes).where(votes.c.user_id == user_id)),
                await connection.execute(delete(contribution_votes).where(contribution_votes.c.user_id == user_id)),
                await connection.execute(delete(replies).where(replies.c.user_id == user_id)),
                await connection.execute(delete(contributions).where(c.author_id == user_id, c.status != "approved")),
                await connection.execute(update(contributions).where(c.author_id == user_id).values(author_id=None)),
                await connection.execute(update(contributions).where(c.decided_by == user_id).values(decided_by=None)),
            ]
        return sum(result.rowcount for result in done)
