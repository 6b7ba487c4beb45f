"""Many servers: Discord splits them into shards, and processes that share a database divide those among themselves.

A process takes a lease on each shard that it carries and prolongs it. One that dies lets its leases run
out, and others take its shards over. Nothing is spoken between processes but through the database.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from bot.community.community import Community
from bot.division import Division
from bot.store import StoreUnavailable

_log = logging.getLogger(__name__)

BEAT: Final = 5.0
"""Seconds between two looks at the leases."""
LEASE: Final = 20.0
"""Seconds after which a shard whose process is silent is free."""
SLOT: Final = 6.0
"""Seconds between two sessions that begin: Discord wants five, and clocks and networks are not exact."""


Run = Callable[[int, asyncio.Event], Awaitable[None]]
"""Serves one shard until the event is set."""


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    stop: asyncio.Event = field(default_factory=asyncio.Event)


class Carrier:
    """Carries as many shards as it may, as long as they are its own."""

    def __init__(self, division: Division, community: Community, run: Run) -> None:
        self._division = division
        self._community = community
        self._run = run
        # Not the process id alone: containers all have the same.
        self.owner: Final = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._running: dict[int, _Running] = {}

    @property
    def carried(self) -> tuple[int, ...]:
        """Shards that are carried now."""
        return tuple(sorted(self._running))

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; what is carried ends well then, and is free for others at once.

        Raises whatever ended a shard for good: the others would meet the same.
        """
        stopping = asyncio.create_task(stop.wait(), name="shards-stop")
        try:
            while not stopping.done():
                await self._look()
                watched = {stopping, *(running.task for running in self._running.values())}
                await asyncio.wait(watched, timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
                for running in list(self._running.values()):
                    if running.task.done() and (error := running.task.exception()):
                        raise error
        finally:
            stopping.cancel()
            await asyncio.gather(*(self._drop(shard) for shard in self.carried), return_exceptions=True)

    async def _look(self) -> None:
        """Keep what is ours, give up what is not any more, and take what is free."""
        try:
            for shard in self.carried:
                if self._running[shard].task.done() or not await self._lease(shard):
                    _log.warning("shard %d is carried by another process now", shard)
                    await self._drop(shard)
            for shard in self._division.allowed:
                if len(self._running) >= self._division.most:
                    break
                if shard not in self._running and await self._lease(shard):
                    self._begin(shard)
        except StoreUnavailable:
            # Nobody else can take them either: what runs goes on.
            return

    def _begin(self, shard: int) -> None:
        _log.info("shard %d of %d begins here", shard, self._division.count)
        stop = asyncio.Event()
        task = asyncio.ensure_future(self._run(shard, stop))
        self._running[shard] = _Running(task, stop)

    async def _drop(self, shard: int) -> None:
        running = self._running.pop(shard)
        running.stop.set()
        await asyncio.gather(running.task, return_exceptions=True)
        with suppress(StoreUnavailable):  # it runs out by itself
            await self._community.leases.give_back(self._name(shard), self.owner)

    async def _lease(self, shard: int) -> bool:
        now = self._community.clock()
        until = now + datetime.timedelta(seconds=LEASE)
        return await self._community.leases.take(self._name(shard), self.owner, until, now)

    def _name(self, shard: int) -> str:
        return f"shard {shard}/{self._division.count}"


async def wait_for_slot(community: Community) -> None:
    """Wait until a session may begin: one in five seconds, over all processes of the bot."""
    me = secrets.token_hex(8)
    while True:
        now = community.clock()
        try:
            if await community.leases.take("identify", me, now + datetime.timedelta(seconds=SLOT), now):
                return
        except StoreUnavailable:
            await asyncio.sleep(SLOT)
            return
        await asyncio.sleep(SLOT / 10)
