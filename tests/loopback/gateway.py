"""The gateway's side of the loopback Discord: sessions, heartbeats, resuming."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.loopback import faults
from tests.loopback.faults import Faults
from tests.loopback.world import APPLICATION, BOT, GUILD, Json, guild, user

DISPATCH, HEARTBEAT, IDENTIFY, RESUME = 0, 1, 2, 6
RECONNECT, INVALID_SESSION, HELLO, ACK = 7, 9, 10, 11


@dataclass
class Session:
    """What a client may resume."""

    id: str
    sent: list[Json] = field(default_factory=list)


class Connection(faults.Connection):
    """One websocket; its events are compressed if the client asked for it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request, self.socket = request, socket
        self._compressor = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self.silent = False
        self.closing: asyncio.Future[bool] | None = None
        self.settled = False
        """Whether the client has all it needs to begin with."""

    @property
    def open(self) -> bool:
        transport = self._request.transport
        return not (self.socket.closed or self.silent or transport is None or transport.is_closing())

    async def send(self, message: Json | str | bytes) -> None:
        if not self.open:
            return
        if isinstance(message, bytes):
            await self.socket.send_bytes(message)
            return
        text = message if isinstance(message, str) else json.dumps(message)
        if self._compressor is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(
                self._compressor.compress(text.encode()) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
            )

    async def drop(self) -> None:
        if (transport := self._request.transport) is not None:
            transport.abort()

    async def drop_in_frame(self) -> None:
        if (transport := self._request.transport) is not None:
            transport.write(
                struct.pack("!BBH", 0x81, 126, 1000) + b'{"op": 0, "t": "MESSAGE_CREATE", "d": {"content": "ha'
            )
            transport.close()

    async def close(self, code: int) -> None:
        self.closing = asyncio.ensure_future(self.socket.close(code=code))
        await self.closing

    def go_silent(self) -> None:
        self.silent = True
        if isinstance(transport := self._request.transport, asyncio.Transport):
            transport.pause_reading()


class Gateway:
    """One client at a time; a new connection replaces the old one."""

    def __init__(
        self,
        token: str,
        address: Callable[[], str],
        faults: Faults,
        *,
        heartbeat_ms: int = 41_250,
        locale: str = "en-US",
    ) -> None:
        self._token, self._address, self._faults = token, address, faults
        self._heartbeat_ms, self._locale = heartbeat_ms, locale
        self._numbers = itertools.count(1)
        self._connection: Connection | None = None
        self._changed = asyncio.Condition()
        self._held: list[Json] | None = None
        self.session: Session | None = None
        self.received: list[Json] = []
        """Everything the client sent, over all connections."""
        self.connections = 0
        """How often somebody came."""
        self.answer_heartbeats = True

    def count(self, op: int) -> int:
        """How many messages of one kind the client has sent so far."""
        return sum(1 for message in self.received if message["op"] == op)

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for something about this gateway to become true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    @property
    def connected(self) -> bool:
        """Whether a client has identified itself, or resumed, on an open connection."""
        connection = self._connection
        return connection is not None and connection.open and connection.settled and self.session is not None

    async def dispatch(self, event: str, data: Any) -> None:
        """Send an event; while nobody is connected it is kept for a RESUME."""
        if self.session is None:
            raise RuntimeError("nobody has identified yet")
        message = {"op": DISPATCH, "t": event, "s": len(self.session.sent) + 1, "d": data}
        message = self._faults.altered(event, message)
        self.session.sent.append(message)
        if self._held is not None:
            self._held.append(message)
        elif self._connection is not None and not await self._faults.at("in mid-frame", self._connection):
            await self._connection.send(message)

    async def send(self, anything: Json | str | bytes) -> None:
        """Send something that is no event of the session."""
        if self._connection is not None:
            await self._connection.send(anything)

    async def repeat(self, event: str) -> None:
        """Send the latest event of a kind once more."""
        if self.session is not None:
            await self.send(next(message for message in reversed(self.session.sent) if message["t"] == event))

    @asynccontextmanager
    async def backwards(self) -> AsyncIterator[None]:
        """What is dispatched meanwhile arrives in the opposite order."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for message in reversed(held):
                await self.send(message)

    async def drop(self) -> None:
        """Cut the connection without a goodbye, as a bad network does."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.drop()

    async def close(self, code: int) -> None:
        """Close the connection with one of Discord's codes."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close(code)

    def go_silent(self) -> None:
        """The connection stays open, and nothing passes any more in either direction."""
        if self._connection is not None:
            self._connection.go_silent()

    async def ask_to_reconnect(self) -> None:
        """What Discord does before it restarts a gateway."""
        await self.send({"op": RECONNECT, "d": None, "s": None, "t": None})

    def forget(self) -> None:
        """The next RESUME is refused."""
        self.session = None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(request, socket)
        self.connections += 1
        await self._tell()
        if not await self._faults.at("before HELLO", connection):
            hello = {"op": HELLO, "d": {"heartbeat_interval": self._heartbeat_ms}, "s": None, "t": None}
            await connection.send(self._faults.altered("HELLO", hello))
            await self._faults.at("after HELLO", connection)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            await self._receive(connection, json.loads(message.data))
        if connection.closing is not None:
            await connection.closing  # else the end of this function would say goodbye with another code
        if self._connection is connection:
            self._connection = None
        await self._tell()
        return socket

    async def _receive(self, connection: Connection, message: Json) -> None:
        self.received.append(message)
        op, data = message["op"], message.get("d") or {}
        if op == HEARTBEAT and self.answer_heartbeats:
            await connection.send({"op": ACK, "d": None, "s": None, "t": None})
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        await self._tell()

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        if data["token"] != self._token:
            await connection.close(4004)
            return
        if await self._faults.at("after IDENTIFY", connection):
            return
        self._connection = connection
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
        await self._faults.at("after READY", connection)
        await self.dispatch("GUILD_CREATE", guild(self._locale))
        connection.settled = True

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        if await self._faults.at("after RESUME", connection):
            return
        if self.session is None or data["session_id"] != self.session.id or data["token"] != self._token:
            await connection.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return
        self._connection = connection
        for missed in self.session.sent[data["seq"] or 0 :]:
            await connection.send(missed)
        await self.dispatch("RESUMED", {"_trace": []})
        connection.settled = True

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
