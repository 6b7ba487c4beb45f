"""How the Discord side is doing, for the health check and the metrics."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import discord

from bot.discordapp import endpoint

_log = logging.getLogger(__name__)

TICK: Final = 0.5
"""Seconds between two looks at the event loop."""
LATE: Final = 1.0
"""Seconds of lag that stand in the log."""
SLOW_LOOP: Final = 5.0
"""Seconds of lag from which the loop counts as stuck: Discord waits three for an answer."""
STALE_ACK: Final = 120.0
"""Seconds without a heartbeat's acknowledgement; Discord's interval is about 41."""


@dataclass(frozen=True, slots=True)
class AppStatus:
    """One look at the running client.  Times are seconds; None where there is nothing to measure yet."""

    ready: bool
    """Logged in, every guild received, and connected now."""
    connected: bool
    latency: float | None
    since_ack: float | None
    loop_lag: float
    guilds: int
    healthy: bool
    """What a container's health check wants to know."""


class Monitor:
    """Watches one client; `run` measures the loop, `status` may be called from any thread."""

    def __init__(self, client: discord.Client, refused: Mapping[str, int] | None = None) -> None:
        self._client = client
        self.refused: Mapping[str, int] = refused if refused is not None else {}
        """How often somebody was asked to wait, by whose turn it was not."""
        self._lag = 0.0
        self._seen: float | None = None

    @property
    def shard(self) -> int:
        """The shard that is watched; 0 where nothing is divided."""
        return self._client.shard_id or 0

    @property
    def over(self) -> bool:
        """Whether the client was closed."""
        return self._client.is_closed()

    async def run(self) -> None:
        """Measure how late the event loop is, for ever."""
        while True:
            planned = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            self._seen = time.monotonic()
            self._lag = max(self._seen - planned, 0.0)
            if self._lag >= LATE:
                _log.warning("the event loop stood still for %.1f s: nobody was answered meanwhile", self._lag)

    def status(self) -> AppStatus:
        """The state now; a loop that is stuck at this moment shows, too."""
        beat = endpoint.heartbeat(self._client)
        stuck = max(time.monotonic() - self._seen - TICK, 0.0) if self._seen is not None else 0.0
        lag = max(self._lag, stuck)
        ready = self._client.is_ready() and not self._client.is_closed() and beat.open
        return AppStatus(
            ready=ready,
            connected=beat.open,
            latency=beat.latency,
            since_ack=beat.since_ack,
            loop_lag=lag,
            guilds=len(self._client.guilds),
            healthy=ready and lag < SLOW_LOOP and (beat.since_ack is None or beat.since_ack < STALE_ACK),
        )
