"""The gateway's side of the loopback Discord: sessions, heartbeats, resuming."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.loopback.world import APPLICATION, BOT, GUILD, Json, guild, user

DISPATCH, HEARTBEAT, IDENTIFY, RESUME = 0, 1, 2, 6
RECONNECT, INVALID_SESSION, HELLO, ACK = 7, 9, 10, 11


@dataclass
class Session:
    """What a client may resume."""

    id: str
    sent: list[Json] = field(default_factory=list)


class Gateway:
    """One client at a time; a new connection replaces the old one."""

    def __init__(self, token: str, address: Callable[[], str], *, heartbeat_ms: int = 41_250, locale: str = "en-US"):
        self._token, self._address = token, address
        self._heartbeat_ms, self._locale = heartbeat_ms, locale
        self._numbers = itertools.count(1)
        self._socket: web.WebSocketResponse | None = None
        self._changed = asyncio.Condition()
        self.session: Session | None = None
        self.received: list[Json] = []
        """Everything the client sent, over all connections."""
        self.answer_heartbeats = True

    def count(self, op: int) -> int:
        """How many messages of one kind the client has sent so far."""
        return sum(1 for message in self.received if message["op"] == op)

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait for something about this gateway to become true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    @property
    def connected(self) -> bool:
        """Whether a client has identified itself, or resumed, on an open connection."""
        return self._socket is not None and not self._socket.closed and self.session is not None

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event; while nobody is connected it is kept for a RESUME."""
        if self.session is None:
            raise RuntimeError("nobody has identified yet")
        message = {"op": DISPATCH, "t": event, "s": len(self.session.sent) + 1, "d": data}
        self.session.sent.append(message)
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_json(message)

    async def drop(self) -> None:
        """Cut the connection without a goodbye, as a bad network does."""
        socket, self._socket = self._socket, None
        if socket is not None and (transport := socket._req.transport if socket._req else None) is not None:
            transport.abort()

    async def close(self, code: int) -> None:
        """Close the connection with one of Discord's codes."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """What Discord does before it restarts a gateway."""
        if self._socket is not None:
            await self._socket.send_json({"op": RECONNECT, "d": None, "s": None, "t": None})

    def forget(self) -> None:
        """The next RESUME is refused."""
        self.session = None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": self._heartbeat_ms}, "s": None, "t": None})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            await self._receive(socket, json.loads(message.data))
        if self._socket is socket:
            self._socket = None
        await self._tell()
        return socket

    async def _receive(self, socket: web.WebSocketResponse, message: Json) -> None:
        self.received.append(message)
        op, data = message["op"], message.get("d") or {}
        if op == HEARTBEAT and self.answer_heartbeats:
            await socket.send_json({"op": ACK, "d": None, "s": None, "t": None})
        elif op == IDENTIFY:
            await self._identify(socket, data)
        elif op == RESUME:
            await self._resume(socket, data)
        await self._tell()

    async def _identify(self, socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
        if data["token"] != self._token:
            await socket.close(code=4004)
            return
        self._socket = socket
        self.session = Session(f"session-{next(self._numbers)}")
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": user(BOT),
                "guilds": [{"id": GUILD, "unavailable": True}],
                "session_id": self.session.id,
                "session_type": "normal",
                "resume_gateway_url": self._address(),
                "application": {"id": BOT, "flags": APPLICATION["flags"]},
                "private_channels": [],
                "relationships": [],
                "_trace": [],
            },
        )
        await self.dispatch("GUILD_CREATE", guild(self._locale))

    async def _resume(self, socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
        if self.session is None or data["session_id"] != self.session.id or data["token"] != self._token:
            await socket.send_json({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return
        self._socket = socket
        for missed in self.session.sent[data["seq"] or 0 :]:
            await socket.send_json(missed)
        await self.dispatch("RESUMED", {"_trace": []})

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
