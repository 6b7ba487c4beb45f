"""Counts of questions, votes on answers, and questions without an answer."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from sqlalchemy import case, delete, desc, func, insert, select

from bot.store._sql import upsert
from bot.store.engine import Store
from bot.store.model import Asked, Day, Gap, Helped, Tally
from bot.store.tables import counts, gaps, votes

TOP: Final = 25
GAPS: Final = 2000
"""Questions without an answer that one report looks at."""


class Tallies:
    """What was asked, and whether it helped."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, asked: Mapping[Asked, int], unanswered: Iterable[Gap]) -> None:
        """Add counts and gaps, all or nothing."""
        rows = [
            {k: v for k, v in msgspec.structs.asdict(gap).items() if k != "concepts"} | {"concepts": list(gap.concepts)}
            for gap in unanswered
        ]
        async with self._store.writing() as connection:
            for what, count in asked.items():
                values = {**what._asdict(), "count": count}
                await connection.execute(upsert(connection, counts, values, (), added="count"))
            if rows:
                await connection.execute(insert(gaps), rows)

    async def vote(self, guild_id: int, entry: str, user_id: int, *, helped: bool, now: datetime.datetime) -> None:
        """A person's vote on an entry, which takes the place of an earlier one."""
        values = {"guild_id": guild_id, "entry": entry, "user_id": user_id, "helped": helped, "at": now}
        async with self._store.writing() as connection:
            await connection.execute(upsert(connection, votes, values, ("helped", "at")))

    async def votes_on(self, guild_id: int, entry: str) -> Helped:
        """The votes on one entry in a server."""
        async with self._store.reading() as connection:
            found = await connection.execute(
                select(votes.c.helped, func.count())
                .where(votes.c.guild_id == guild_id, votes.c.entry == entry)
                .group_by(votes.c.helped)
            )
            by = {bool(helped): count for helped, count in found}
        return Helped(entry=entry, yes=by.get(True, 0), no=by.get(False, 0))

    async def of(self, guild_id: int, since: datetime.date, until: datetime.date) -> Tally:
        """A server's numbers from one day to another, both included."""
        c, v, g = counts.c, votes.c, gaps.c
        here = (c.guild_id == guild_id, c.day >= since, c.day <= until)
        start = datetime.datetime.combine(since, datetime.time(), datetime.UTC)
        end = datetime.datetime.combine(until, datetime.time(), datetime.UTC) + datetime.timedelta(days=1)
        async with self._store.reading() as connection:
            asked = (
                await connection.execute(
                    select(c.day, c.outcome, c.language, func.sum(c.count))
                    .where(*here)
                    .group_by(c.day, c.outcome, c.language)
                )
            ).all()
            total = func.sum(c.count)
            top = (
                await connection.execute(
                    select(c.entry, total)
                    .where(*here, c.entry != "", c.outcome == "answer")
                    .group_by(c.entry)
                    .order_by(desc(total), c.entry)
                    .limit(TOP)
                )
            ).all()
            yes, no = func.sum(case((v.helped, 1), else_=0)), func.sum(case((v.helped, 0), else_=1))
            helped = (
                await connection.execute(
                    select(v.entry, yes, no)
                    .where(v.guild_id == guild_id, v.at >= start, v.at < end)
                    .group_by(v.entry)
                    .order_by(desc(func.count()), v.entry)
                )
            ).all()
            unanswered = (
                await connection.execute(
                    select(g.guild_id, g.at, g.language, g.intent, g.concepts, g.text)
                    .where(g.guild_id == guild_id, g.at >= start, g.at < end)
                    .order_by(desc(g.at), desc(g.id))
                    .limit(GAPS)
                )
            ).all()
        outcomes: Counter[str] = Counter()
        languages: Counter[str] = Counter()
        days: dict[datetime.date, Counter[str]] = {
            since + datetime.timedelta(days=n): Counter() for n in range((until - since).days + 1)
        }
        for day, outcome, language, count in asked:
            outcomes[outcome] += count
            languages[language] += count
            days[day][outcome] += count
        return Tally(
            since=since,
            until=until,
            outcomes=dict(outcomes),
            languages=dict(languages.most_common()),
            top=tuple((entry, int(count)) for entry, count in top),
            days=tuple(
                Day(day=day, answer=n["answer"], choose=n["choose"], no_answer=n["no_answer"])
                for day, n in days.items()
            ),
            helped=tuple(Helped(entry=entry, yes=int(y), no=int(n)) for entry, y, n in helped),
            gaps=tuple(Gap(**(dict(row._mapping) | {"concepts": tuple(row.concepts)})) for row in unanswered),
        )

    async def discard_old(self, guild_id: int, before: datetime.datetime) -> int:
        """Delete counts, votes and gaps from before a moment; returns how many rows."""
        async with self._store.writing() as connection:
            done = [
                await connection.execute(
                    delete(counts).where(counts.c.guild_id == guild_id, counts.c.day < before.date())
                ),
                await connection.execute(delete(gaps).where(gaps.c.guild_id == guild_id, gaps.c.at < before)),
                await connection.execute(delete(votes).where(votes.c.guild_id == guild_id, votes.c.at < before)),
            ]
        return sum(result.rowcount for result in done)

    async def forget_texts(self, guild_id: int) -> None:
        """Delete the words of all questions of a server; what was named in them stays counted."""
        async with self._store.writing() as connection:
            await connection.execute(gaps.update().where(gaps.c.guild_id == guild_id).values(text=None))
