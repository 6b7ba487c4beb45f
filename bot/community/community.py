"""What a community adds, kept at hand: answering never waits for the database.

Settings and approved contributions of a server are read once and kept; counts and questions without
an answer are gathered and written together.  While the database is away, servers that are not known
yet get the defaults, and what was counted waits.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.core.reply import Outcome, Reply
from bot.store import Store, StoreUnavailable
from bot.store.contributions import Contributions
from bot.store.guilds import Guilds
from bot.store.leases import Leases
from bot.store.migrate import migrate
from bot.store.model import DEFAULTS, DIRECT, Asked, Contribution, Correction, Gap, GuildSettings, Status
from bot.store.news import listen
from bot.store.people import People
from bot.store.replies import Replies
from bot.store.tallies import Tallies

_log = logging.getLogger(__name__)

FRESH: Final = 60.0
"""Seconds after which what is known of a server is read again, in the background."""
PATIENCE: Final = 0.5
"""Seconds that an answer waits for a server's settings when they are not known yet."""
SERVERS: Final = 20_000
"""Servers that are kept at hand."""
EVERY: Final = 10.0
"""Seconds between two writes of what was counted."""
WAITING: Final = 5_000
"""Counts, and questions without an answer, that wait for the database at most; the newest are dropped then."""
GAP_TEXT: Final = 500
"""Characters of a question that are kept where a server keeps them."""

Clock = Callable[[], datetime.datetime]


def now() -> datetime.datetime:
    """The moment, in UTC."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """One server, as it was read last."""

    settings: GuildSettings = DEFAULTS
    corrections: tuple[Contribution, ...] = ()
    """Approved ones, oldest first."""
    entries: tuple[Contribution, ...] = ()
    """Approved ones, oldest first."""

    def corrections_of(self, entry: str) -> tuple[Contribution, ...]:
        """What this server says beneath an entry: what members find helpful first."""
        found = [c for c in self.corrections if c.entry == entry]
        return tuple(sorted(found, key=lambda c: c.down - c.up))


NOTHING: Final = Known()


class Community:
    """The database as the surfaces see it.

    Reading is by `known`, which always has an answer.  Everything that a person does goes to the
    repositories, which raise `StoreUnavailable`; call `changed` after it.
    """

    def __init__(self, store: Store, clock: Clock = now) -> None:
        self.store = store
        self.clock = clock
        self.guilds = Guilds(store)
        self.contributions = Contributions(store)
        self.tallies = Tallies(store)
        self.replies = Replies(store)
        self.people = People(store)
        self.leases = Leases(store)
        self._known: OrderedDict[int, tuple[float, Known]] = OrderedDict()
        self._reading: dict[int, asyncio.Task[Known]] = {}
        """What is read of each server now, unless the server has changed since that began."""
        self._loads: set[asyncio.Task[Known]] = set()
        """All that is read now."""
        self._asked: Counter[Asked] = Counter()
        self._gaps: list[Gap] = []
        self._flushing = asyncio.Lock()
        self._ready = False

    async def prepare(self) -> bool:
        """Bring the database's schema up to date; False if that can not be done now (`run` tries again).

        Raises:
            StoreError: the database can not be used by this version.
        """
        if not self._ready:
            try:
                await migrate(self.store)
            except StoreUnavailable:
                return False
            self._ready = True
        return True

    async def known(self, guild_id: int | None) -> Known:
        """What is known of a server; the defaults for direct messages (None) and while nothing can be read."""
        if not guild_id:
            return NOTHING
        if (found := self._known.get(guild_id)) is not None:
            if time.monotonic() - found[0] > FRESH:
                self._read(guild_id)
            self._known.move_to_end(guild_id)
            return found[1]
        reading = self._read(guild_id)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(reading)
        except (TimeoutError, StoreUnavailable):
            return NOTHING

    def at_hand(self, guild_id: int | None) -> Known:
        """The same without waiting: what was read before, else the defaults."""
        found = self._known.get(guild_id or DIRECT)
        return found[1] if found else NOTHING

    def is_known(self, guild_id: int) -> bool:
        """Whether a server has been read and has not changed since."""
        return guild_id in self._known

    async def choose(self, guild_id: int, settings: GuildSettings) -> None:
        """Replace a server's settings.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        await self.guilds.choose(guild_id, settings, self.clock())
        if not settings.keep_texts:
            await self.tallies.forget_texts(guild_id)
        self.changed(guild_id)

    def changed(self, guild_id: int | None) -> None:
        """Something of a server (None: of any) is different: read it anew before the next answer."""
        if guild_id is None:
            for known in list(self._known):
                self.changed(known)
            return
        self._known.pop(guild_id, None)
        # What is read already goes on for whoever waits for it, but is not kept.
        self._reading.pop(guild_id, None)

    def record(self, guild_id: int | None, reply: Reply) -> None:
        """Count a reply; it is written later."""
        guild = guild_id or DIRECT
        answered = reply.entry if reply.outcome is Outcome.ANSWER and reply.entry else ""
        what = Asked(guild, self.clock().date(), answered[:100], reply.outcome.value, reply.language)
        if what in self._asked or len(self._asked) < WAITING:
            self._asked[what] += 1
        if reply.outcome is Outcome.NO_ANSWER and guild != DIRECT and len(self._gaps) < WAITING:
            keep = self.at_hand(guild).settings.keep_texts
            self._gaps.append(
                Gap(
                    guild_id=guild,
                    at=self.clock(),
                    language=reply.language,
                    intent=reply.intent.value if reply.intent else None,
                    concepts=reply.concepts,
                    text=reply.text[:GAP_TEXT] if keep else None,
                )
            )

    @property
    def waiting(self) -> int:
        """Counts, and questions without an answer, that are not written yet."""
        return len(self._asked) + len(self._gaps)

    async def flush(self) -> None:
        """Write what was counted; it stays here if that can not be done now."""
        # One at a time, so that whoever closes the database waits for what is being written.
        async with self._flushing:
            if not self._asked and not self._gaps:
                return
            asked, gaps = self._asked, self._gaps
            self._asked, self._gaps = Counter(), []
            try:
                await self.tallies.add(asked, gaps)
            except (StoreUnavailable, asyncio.CancelledError) as error:
                for what, count in self._asked.items():
                    if what in asked or len(asked) < WAITING:
                        asked[what] += count
                self._asked, self._gaps = asked, (gaps + self._gaps)[:WAITING]
                if not isinstance(error, StoreUnavailable):
                    raise

    async def run(self) -> None:
        """Write what was counted, again and again, and hear what other processes change.

        A database that was not there at the start is prepared once it is.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listen(self.store, self.changed), name="news")
            tasks.create_task(self._write(), name="counts")

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                if await self.prepare():
                    await self.flush()
            except Exception:
                _log.exception("what was counted could not be written")

    async def close(self) -> None:
        """Write what is left, and let go of the database."""
        await asyncio.gather(*self._loads, return_exceptions=True)  # each has its own patience
        await self.flush()
        await self.store.close()

    def _read(self, guild_id: int) -> asyncio.Task[Known]:
        """Read a server, unless that is under way."""
        if (under_way := self._reading.get(guild_id)) is not None:
            return under_way
        reading = asyncio.create_task(self._load(guild_id), name=f"read-server-{guild_id}")
        self._reading[guild_id] = reading
        self._loads.add(reading)

        def done(task: asyncio.Task[Known]) -> None:
            self._loads.discard(task)
            if self._reading.get(guild_id) is task:
                del self._reading[guild_id]
            if not task.cancelled() and (error := task.exception()) and not isinstance(error, StoreUnavailable):
                _log.error("server %s can not be read", guild_id, exc_info=error)

        reading.add_done_callback(done)
        return reading

    async def _load(self, guild_id: int) -> Known:
        settings = await self.guilds.settings(guild_id)
        approved = await self.contributions.list(guild_id, status=Status.APPROVED)
        known = Known(
            settings,
            corrections=tuple(c for c in approved if isinstance(c.content, Correction)),
            entries=tuple(c for c in approved if not isinstance(c.content, Correction)),
        )
        if self._reading.get(guild_id) is not asyncio.current_task():
            return known
        self._known[guild_id] = (time.monotonic(), known)
        self._known.move_to_end(guild_id)
        while len(self._known) > SERVERS:
            self._known.popitem(last=False)
        return known
