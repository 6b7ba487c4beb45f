"""Staying connected: one loop that outlives whatever the gateway sends, or fails to send.

The library's own loop ends for good when the first connection breaks before it is greeted, and with the
first event that it can not read; it also comes back at once and for ever to a gateway that drops it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import aiohttp
import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

_log = logging.getLogger(__name__)

SILENCE: Final = 60.0
"""Seconds without a word from the gateway after which the connection counts as dead; it speaks every 41."""
GOODBYE: Final = 1.0
"""Seconds to wait for the other side when a connection is given up."""
MISSED_BEATS: Final = 2.5
"""Heartbeats without an acknowledgement after which a connection counts as dead, whatever else arrives."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 120.0
"""Seconds between attempts; Discord takes a token away that identifies 1,000 times a day."""
FINAL: Final = (4004, 4010, 4011, 4012, 4013, 4014)
"""Codes of a connection that Discord would close again: the token, sharding, the version, intents."""
CALM: Final = 60.0
"""Seconds that a connection must have lasted for the next attempt to be the first again."""
IDENTIFY_PAUSE: Final = 5.0
"""Seconds before a new session: Discord allows one in five."""
RESUMES: Final = 5
"""Attempts in a row without a word; then a new session is begun, at the address that always works."""


class Socket(DiscordWebSocket):
    """A connection that notices when the other side is gone, and reads past what it can not read."""

    async def identify(self) -> None:
        """Begin a session."""
        async with self.kept():
            await super().identify()

    async def resume(self) -> None:
        """Go on with a session."""
        async with self.kept():
            await super().resume()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Whoever leaves by an error leaves neither a socket nor a thread that beats for it."""
        try:
            yield
        except BaseException:
            await self._hang_up()
            raise

    async def poll_event(self) -> None:
        """Take one event.

        Raises:
            ReconnectWebSocket: only a new connection helps.
            discord.ConnectionClosed: not even that.
        """
        try:
            async with asyncio.timeout(SILENCE):
                message = await self.socket.receive()
        except TimeoutError:
            raise await self._give_up(f"nothing was heard for {SILENCE:g} s") from None
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            await self.received_message(message.data)
            beat = self._keep_alive
            if beat and beat.interval and time.perf_counter() - beat._last_ack > MISSED_BEATS * beat.interval:
                raise await self._give_up("heartbeats are not acknowledged")
            return
        # The library asks the socket for the code, which forgets it if the other side hangs up too soon.
        code = message.data if message.type is aiohttp.WSMsgType.CLOSE else self.socket.close_code
        await self._hang_up()
        if code in FINAL:
            raise discord.ConnectionClosed(self.socket, shard_id=self.shard_id, code=code)
        _log.info("gateway: closed with code %s", code)
        raise ReconnectWebSocket(self.shard_id)

    async def received_message(self, msg: Any, /) -> None:
        """One frame; a broken one is logged and left, unless there is no session without it."""
        session = self.session_id
        try:
            await super().received_message(msg)
        except (ReconnectWebSocket, discord.ConnectionClosed, OSError):
            raise
        except zlib.error:
            # Everything after it would be unreadable as well.
            raise await self._give_up("the compressed stream is broken") from None
        except Exception as error:
            if self._keep_alive is None or self.session_id is None or self.session_id != session:
                raise await self._give_up(f"the greeting can not be read ({error!r})", resume=False) from None
            _log.warning("something that the gateway sent can not be read: %.200r", error)

    async def _give_up(self, reason: str, *, resume: bool = True) -> ReconnectWebSocket:
        _log.warning("gateway: %s", reason)
        await self._hang_up()
        return ReconnectWebSocket(self.shard_id, resume=resume)

    async def _hang_up(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self.close()


async def stay_connected(client: discord.Client) -> None:
    """Be connected until the client is closed.  The first new attempt is made at once, later ones ever rarer.

    Raises:
        discord.ConnectionClosed: Discord refuses this client, and would do so again.
    """
    session: DiscordWebSocket | None = None
    attempt = unheard = 0
    while not client.is_closed():
        started, heard = time.monotonic(), False
        try:
            async with asyncio.timeout(SILENCE):
                socket = await Socket.from_client(
                    client,
                    initial=client.ws is None,
                    shard_id=client.shard_id,
                    gateway=session.gateway if session else None,
                    session=session.session_id if session else None,
                    sequence=session.sequence if session else None,
                    resume=session is not None,
                )
            client.ws = socket
            async with socket.kept():
                while True:
                    await socket.poll_event()
                    heard = True
                    if socket.session_id is not None:
                        session = socket
        except ReconnectWebSocket as wish:
            reason = "the connection was lost"
            session = session if wish.resume else None
        except discord.ConnectionClosed as error:
            if error.code in FINAL:
                raise
            reason = "the connection was closed"
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            reason = f"the gateway can not be reached ({error or type(error).__name__})"
        if client.is_closed():
            return
        client.dispatch("disconnect")
        attempt = 1 if time.monotonic() - started > CALM else attempt + 1
        unheard = 0 if heard else unheard + 1
        if unheard >= RESUMES:
            session = None
        pause = _pause(attempt)
        level = logging.INFO if attempt == 1 else logging.WARNING
        _log.log(level, "gateway: %s; attempt %d to connect again in %.1f s", reason, attempt, pause)
        await asyncio.sleep(pause)


def _pause(attempt: int) -> float:
    """Seconds before an attempt: none before the first, then doubling, with a little chance."""
    if attempt <= 1:
        return 0.0
    # No secret hangs on it: it only keeps bots from coming back all at once.
    chance = random.uniform(0.5, 1.0)  # noqa: S311
    return min(FIRST_PAUSE * 2.0 ** min(attempt - 2, 30), LONGEST_PAUSE) * chance
