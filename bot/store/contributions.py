"""Proposals of members, from the first word to the decision; every call names the server."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Select, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store._sql import upsert
from bot.store.engine import Store
from bot.store.model import Content, Contribution, Status, own_reference
from bot.store.tables import contribution_votes, contributions

_C = contributions.c
_V = contribution_votes.c


class TooMany(Exception):  # noqa: N818 - read aloud in `except TooMany`
    """The person has to wait for decisions first."""


class Taken(NamedTuple):
    """A part of an import."""

    content: Content
    about: str | int | None = None
    """Of a correction: its entry, or the place in the import of the own entry that it is about."""
    base_hash: str | None = None


class Contributions:
    """Corrections and own entries of servers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def propose(
        self,
        guild_id: int,
        author_id: int,
        content: Content,
        *,
        entry: str | None,
        now: datetime.datetime,
        most: int | None = None,
    ) -> Contribution:
        """Keep a proposal.  `entry` is what a correction is about, None for an own entry.

        `most` is how many of the person's may wait for a decision here at once.

        Raises:
            TooMany: as many do already.
            StoreUnavailable: it is not kept: give the words back to their author.
        """
        values = {
            "guild_id": guild_id,
            "status": Status.PENDING.value,
            "kind": "entry" if entry is None else "correction",
            "entry": entry or "",
            "content": msgspec.to_builtins(content),
            "author_id": author_id,
            "created_at": now,
            "revision": 1,
        }
        async with self._store.writing() as connection:
            waiting = (_C.guild_id == guild_id, _C.author_id == author_id, _C.status == Status.PENDING.value)
            if most is not None and (await connection.scalar(select(func.count()).where(*waiting)) or 0) >= most:
                raise TooMany
            done = await connection.execute(insert(contributions).values(values))
            (id,) = done.inserted_primary_key or (0,)
            if entry is None:
                await connection.execute(update(contributions).where(_C.id == id).values(entry=own_reference(id)))
            row = await _one(connection, guild_id, id)
        assert row is not None
        return row

    async def get(self, guild_id: int, id: int) -> Contribution | None:
        """One of a server's contributions."""
        async with self._store.reading() as connection:
            return await _one(connection, guild_id, id)

    async def list(
        self,
        guild_id: int,
        *,
        status: Status | None = None,
        kind: str | None = None,
        entry: str | None = None,
        limit: int = 1000,
        patience: float | None = None,
    ) -> tuple[Contribution, ...]:
        """A server's contributions, oldest first."""
        wanted = _read().where(_C.guild_id == guild_id)
        for column, value in ((_C.status, status), (_C.kind, kind), (_C.entry, entry)):
            if value is not None:
                wanted = wanted.where(column == str(value))
        async with self._store.reading(patience=patience) as connection:
            rows = (await connection.execute(wanted.order_by(_C.id).limit(limit))).all()
        return tuple(_contribution(row) for row in rows)

    async def decide(
        self,
        guild_id: int,
        id: int,
        status: Status,
        *,
        by: int,
        revision: int,
        now: datetime.datetime,
        base_hash: str | None = None,
    ) -> Contribution | None:
        """Approve, reject or remove what is at `revision`.

        Returns:
            How it stands now; None if somebody was faster or there is no such contribution here.
        """
        values: dict[str, Any] = {
            "status": status.value,
            "decided_by": by,
            "decided_at": now,
            "revision": revision + 1,
            "base_hash": base_hash,
        }
        return await self._change(guild_id, id, revision, values)

    async def edit(self, guild_id: int, id: int, content: Content, *, revision: int) -> Contribution | None:
        """Replace the words of what is at `revision`; None if somebody was faster."""
        return await self._change(
            guild_id, id, revision, {"content": msgspec.to_builtins(content), "revision": revision + 1}
        )

    async def corrections(self) -> tuple[Contribution, ...]:
        """The approved corrections of all servers, to be compared with the base."""
        wanted = _read().where(_C.kind == "correction", _C.status == Status.APPROVED.value)
        async with self._store.reading() as connection:
            rows = (await connection.execute(wanted.order_by(_C.id))).all()
        return tuple(_contribution(row) for row in rows)

    async def kept(self, guild_id: int, kind: str) -> int:
        """How many approved ones of a kind a server has."""
        wanted = (_C.guild_id == guild_id, _C.kind == kind, _C.status == Status.APPROVED.value)
        async with self._store.reading() as connection:
            return await connection.scalar(select(func.count()).where(*wanted)) or 0

    async def changed(self, guild_id: int, id: int, told_hash: str | None, *, before: str | None) -> bool:
        """Claim to tell reviewers that the base says something else at a correction; False if somebody was faster.

        `before` is what they were told last.
        """
        async with self._store.writing() as connection:
            done = await connection.execute(
                update(contributions)
                .where(_C.guild_id == guild_id, _C.id == id, _C.told_hash.is_not_distinct_from(before))
                .values(told_hash=told_hash)
            )
        return done.rowcount == 1

    async def card(self, guild_id: int, id: int, channel_id: int, message_id: int) -> None:
        """Note where the review card stands."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(contributions)
                .where(_C.guild_id == guild_id, _C.id == id)
                .values(card_channel_id=channel_id, card_message_id=message_id)
            )

    async def take(self, guild_id: int, items: Sequence[Taken], *, by: int, now: datetime.datetime) -> int:
        """Take an import as approved, all of it or nothing; returns how many."""
        references: list[str] = []
        async with self._store.writing() as connection:
            for content, about, base_hash in items:
                entry = references[about] if isinstance(about, int) else about
                done = await connection.execute(
                    insert(contributions).values(
                        guild_id=guild_id,
                        status=Status.APPROVED.value,
                        kind="entry" if entry is None else "correction",
                        entry=entry or "",
                        content=msgspec.to_builtins(content),
                        base_hash=base_hash,
                        author_id=by,
                        created_at=now,
                        revision=1,
                        decided_by=by,
                        decided_at=now,
                    )
                )
                (id,) = done.inserted_primary_key or (0,)
                references.append(entry or own_reference(id))
                if entry is None:
                    await connection.execute(update(contributions).where(_C.id == id).values(entry=own_reference(id)))
        return len(items)

    async def vote(self, guild_id: int, id: int, user_id: int, *, up: bool) -> Contribution | None:
        """A member's vote, which takes the place of an earlier one; None if there is nothing to vote on."""
        async with self._store.writing() as connection:
            found = await _one(connection, guild_id, id)
            if found is None or found.status is not Status.APPROVED:
                return None
            values = {"contribution_id": id, "user_id": user_id, "up": up}
            await connection.execute(upsert(connection, contribution_votes, values, ("up",)))
            return await _one(connection, guild_id, id)

    async def discard_old(self, guild_id: int, before: datetime.datetime) -> int:
        """Delete what was rejected or removed before a moment; returns how many."""
        gone = (Status.REJECTED.value, Status.REMOVED.value)
        async with self._store.writing() as connection:
            done = await connection.execute(
                delete(contributions).where(_C.guild_id == guild_id, _C.status.in_(gone), _C.decided_at < before)
            )
        return done.rowcount

    async def _change(self, guild_id: int, id: int, revision: int, values: dict[str, Any]) -> Contribution | None:
        async with self._store.writing() as connection:
            done = await connection.execute(
                update(contributions)
                .where(_C.guild_id == guild_id, _C.id == id, _C.revision == revision)
                .values(**values)
            )
            return await _one(connection, guild_id, id) if done.rowcount == 1 else None


def _read() -> Select[Any]:
    """Contributions with their votes."""
    count = (
        select(
            _V.contribution_id,
            func.sum(case((_V.up, 1), else_=0)).label("up"),
            func.sum(case((_V.up, 0), else_=1)).label("down"),
        )
        .group_by(_V.contribution_id)
        .subquery()
    )
    return select(contributions, count.c.up, count.c.down).outerjoin(count, count.c.contribution_id == _C.id)


async def _one(connection: AsyncConnection, guild_id: int, id: int) -> Contribution | None:
    row = (await connection.execute(_read().where(_C.guild_id == guild_id, _C.id == id))).one_or_none()
    return None if row is None else _contribution(row)


def _contribution(row: Row[Any]) -> Contribution:
    fields = dict(row._mapping)
    fields["content"] = msgspec.convert(fields["content"], Content)
    fields["status"] = Status(fields["status"])
    fields["up"], fields["down"] = int(fields["up"] or 0), int(fields["down"] or 0)
    del fields["kind"]
    return Contribution(**fields)
