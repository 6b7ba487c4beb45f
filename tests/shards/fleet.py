"""A Discord whose gateway has many shards: each connection is one of them, and remembers no session."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from tests.loopback import LoopbackDiscord
from tests.loopback.gateway import Connection, Gateway
from tests.loopback.world import ALICE, BOT, CHANNEL, GUILD, Json, member, message
from tests.loopback.world import user as person


class Shard(Gateway):
    """One connection's side of the gateway."""

    fleet: Fleet
    number: int | None = None

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        number, count = data["shard"]
        self.number = number
        self.fleet.identified.append((time.monotonic(), number, count))
        self.fleet.shards[number] = self
        await super()._identify(connection, data)

    async def dispatch(self, event: str, data: Any) -> None:
        """The server belongs to one shard; the others have none."""
        home = int(GUILD) >> 22
        if self.number is not None and home % self.fleet.count != self.number:
            if event == "GUILD_CREATE":
                return
            if event == "READY":
                data = data | {"guilds": []}
        await super().dispatch(event, data)


class Fleet(LoopbackDiscord):
    """Start it, and point several bots at it."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.shards: dict[int, Shard] = {}
        """The latest connection of each."""
        self.identified: list[tuple[float, int, int]] = []
        """When a session began (seconds), of which shard, out of how many."""
        self._said = 5_000
        self.gateway.handle = self._connected  # type: ignore[method-assign]

    async def _connected(self, request: web.Request) -> web.WebSocketResponse:
        shard = Shard(self.token, lambda: self.gateway_url, self.faults)
        shard.fleet = self
        return await shard.handle(request)

    @property
    def home(self) -> int:
        """The shard of the server."""
        return (int(GUILD) >> 22) % self.count

    def alive(self) -> set[int]:
        """Shards with a client now."""
        return {number for number, shard in self.shards.items() if shard.connected}

    async def ask(self, text: str, *, user: str = ALICE, channel: str = CHANNEL) -> Json:
        """Mention the bot in the server; returns the question."""
        self._said += 1
        asked = message(str(1_450_000_000_000_000_000 + self._said), channel, user, {"content": f"<@{BOT}> {text}"})
        own = {key: value for key, value in member(user).items() if key != "user"}
        asked |= {"mentions": [person(BOT)], "guild_id": GUILD, "member": own}
        self.messages[asked["id"]] = asked
        await self.shards[self.home].dispatch("MESSAGE_CREATE", asked)
        return asked
