"""Every call of every repository, tried with another server's id: nothing is seen and nothing changes."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import select

from bot.store import Store
from bot.store.contributions import Contributions, Taken
from bot.store.guilds import Guilds
from bot.store.model import Asked, Correction, Gap, GuildSettings, Status
from bot.store.replies import Answered, Replies
from bot.store.tables import OF_GUILDS, contribution_votes
from bot.store.tallies import Tallies

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=1)
MINE, FOREIGN, PERSON = 111, 222, 7
SECRET = "a word of mine"
REMARK = Correction(wrong=SECRET, right=SECRET)
LINK = Answered(message_id=31, guild_id=MINE, channel_id=32, user_id=PERSON, reply_id=33)

CALLS: dict[Callable[..., Any], dict[str, Any]] = {
    Guilds.settings: {},
    Guilds.choose: {"settings": GuildSettings(), "now": NOW},
    Guilds.left: {"now": NOW},
    Guilds.returned: {},
    Guilds.forget: {},
    Guilds.digested: {"now": LATER, "before": LATER},
    Contributions.propose: {"author_id": PERSON, "content": Correction(wrong="x", right="y"), "entry": "e", "now": NOW},
    Contributions.get: {"id": 1},
    Contributions.list: {},
    Contributions.decide: {"id": 1, "status": Status.REMOVED, "by": PERSON, "revision": 2, "now": NOW},
    Contributions.edit: {"id": 1, "content": Correction(wrong="x", right="y"), "revision": 2},
    Contributions.card: {"id": 1, "channel_id": 1, "message_id": 1},
    Contributions.changed: {"id": 1, "told_hash": "x", "before": None},
    Contributions.kept: {"kind": "correction"},
    Contributions.take: {"items": [Taken(Correction(wrong="x", right="y"), "e")], "by": PERSON, "now": NOW},
    Contributions.vote: {"id": 1, "user_id": PERSON, "up": False},
    Contributions.discard_old: {"before": LATER},
    Tallies.vote: {"entry": "e", "user_id": PERSON, "helped": False, "now": NOW},
    Tallies.votes_on: {"entry": "e"},
    Tallies.of: {"since": NOW.date(), "until": NOW.date()},
    Tallies.discard_old: {"before": LATER},
    Tallies.forget_texts: {},
    Replies.get: {"message_id": LINK.message_id},
    Replies.drop: {"message_id": LINK.message_id},
}
"""What each is called with; ids are those of the server that it is not called for."""


async def test_another_server_sees_and_changes_nothing(store: Store) -> None:
    await _fill(store)
    before = await _rows(store)
    assert sum(len(rows) for rows in before.values()) == 7
    for call, arguments in CALLS.items():
        repository = next(kind for kind in _KINDS if getattr(kind, call.__name__, None) is call)
        result = await call(repository(store), FOREIGN, **arguments)
        assert SECRET not in str(msgspec.to_builtins(result)), call.__qualname__
        assert await _rows(store) == before, call.__qualname__


def test_no_call_is_left_out() -> None:
    of_servers = {
        method
        for kind in _KINDS
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and "guild_id" in inspect.signature(method).parameters
    }
    assert of_servers == set(CALLS)


_KINDS: tuple[Any, ...] = (Guilds, Contributions, Tallies, Replies)


async def _fill(store: Store) -> None:
    """One row of everything, for one server."""
    await Guilds(store).choose(MINE, GuildSettings(language="hi", digest_channel=5), NOW)
    contributions = Contributions(store)
    kept = await contributions.propose(MINE, PERSON, REMARK, entry="e", now=NOW)
    assert kept.id == 1
    await contributions.decide(MINE, 1, Status.APPROVED, by=PERSON, revision=1, now=NOW)
    await contributions.vote(MINE, 1, PERSON, up=True)
    tallies = Tallies(store)
    await tallies.vote(MINE, "e", PERSON, helped=True, now=NOW)
    gap = Gap(guild_id=MINE, at=NOW, language="en", text=SECRET)
    await tallies.add({Asked(MINE, NOW.date(), "e", "answer", "en"): 1}, [gap])
    await Replies(store).put(LINK, NOW)


async def _rows(store: Store) -> dict[str, list[Any]]:
    """Everything of the one server."""
    async with store.reading() as connection:
        found = {
            table.name: [tuple(row) for row in await connection.execute(select(table).where(table.c.guild_id == MINE))]
            for table in OF_GUILDS
        }
        votes = await connection.execute(select(contribution_votes).where(contribution_votes.c.contribution_id == 1))
        return found | {"contribution_votes": [tuple(row) for row in votes]}
