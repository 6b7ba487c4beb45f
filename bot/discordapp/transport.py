"""Requests to Discord: tried again where the reason passes, never so that somebody is answered twice.

The library repeats what was answered with 429 and most of the 5xx.  This adds what it gives up on at once:
connections that break, answers that do not come or can not be read, 503, and rate limits without a time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import zlib
from collections.abc import Awaitable, Callable, Container
from typing import Any, Final, TypeVar

import aiohttp
import discord
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.discordapp.errors import CUT_OFF, brief
from bot.discordapp.intake import Question, asked

_log = logging.getLogger(__name__)

TRIES: Final = 4
FIRST_PAUSE: Final = 0.5
"""Seconds before the second try; each further pause is twice as long."""
LONGEST_WAIT: Final = 30.0
"""Seconds to wait because Discord says so; nobody waits longer for an answer."""
PATIENCE: Final = 15.0
"""Seconds for one answer of Discord's."""
RESPONSE_PATIENCE: Final = 5.0
"""Seconds for the first response to an interaction, with the library's own repeats: it counts for three."""
CREATE_MESSAGE: Final = ("POST", "/channels/{channel_id}/messages")
SUGGESTIONS: Final = discord.InteractionResponseType.autocomplete_result.value
RESPOND: Final = ("POST", "/interactions/{webhook_id}/{webhook_token}/callback")

T = TypeVar("T")


class Unreadable(Exception):  # noqa: N818 - it is the answer that is
    """Discord answered with something that is not Discord's."""


class Transport:
    """Wraps the requests of one client, in the task that calls `install` and those begun by it."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._request = client.http.request
        self.patient = False
        """Whether failures are tried again; at login the owner is told at once."""
        self.refused = asyncio.Event()
        """Set when Discord does not accept the token any more."""

    def install(self) -> None:
        """Use it from now on."""
        self._client.http.request = self.request  # type: ignore[method-assign]
        async_context.set(_Adapter(self))

    async def request(self, route: Route, *, files: Any = None, form: Any = None, **given: Any) -> Any:
        """As `HTTPClient.request`."""
        given.setdefault("timeout", aiohttp.ClientTimeout(total=PATIENCE))
        if (route.method, route.path) == CREATE_MESSAGE:
            form = _marked(given, form)
        return await self.again(
            route, files, lambda: self._request(route, files=files, form=form, **given), (500, 502, 504, 524)
        )

    async def again(self, route: Route, files: Any, send: Callable[[], Awaitable[T]], repeated: Container[int]) -> T:
        """Send until it works, fails for good, or has been tried often enough.

        `repeated` are the statuses after which the library has tried five times by itself.
        """
        for number in range(1, TRIES + 1):
            if self.refused.is_set() or self._client.is_closed():
                raise ConnectionAbortedError("the bot is being stopped")
            try:
                answer = await send()
                if isinstance(answer, str) and answer:
                    raise Unreadable("a page came in place of an answer")
                return answer
            except Exception as error:
                wait = await self._wait(route, error, number, repeated)
                if wait is None or number == TRIES:
                    raise
                about = asked.get() or f"{route.method} {route.path}"
                _log.warning("%s: %s; try %d of %d in %.1f s", about, brief(error), number + 1, TRIES, wait)
            await asyncio.sleep(wait)
            for file in files or ():
                file.reset()
        raise AssertionError("unreachable")

    async def _wait(self, route: Route, error: Exception, number: int, repeated: Container[int]) -> float | None:
        """Seconds until the next try; None where there should be none."""
        pause = FIRST_PAUSE * 2.0 ** (number - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret hangs on it
        if not self.patient:
            return None
        if isinstance(error, discord.HTTPException):
            if error.status == 401 and not route.webhook_token:
                return pause if await self._accepted() else None
            if error.status == 429:
                wait = max(_told(error), pause)
                return wait if wait <= LONGEST_WAIT else None
            passing = error.status >= 500 and error.status not in repeated
        else:
            passing = isinstance(error, (aiohttp.ClientError, OSError, TimeoutError, Unreadable))
            # Where an answer lacks what the library reads in it.
            passing = passing or isinstance(error, (KeyError, TypeError, ValueError))
        return pause if passing and _repeatable(route, error) else None

    async def _accepted(self) -> bool:
        """Whether the token still counts: one 401 alone ends nothing."""
        try:
            await self._request(Route("GET", "/users/@me"))
        except discord.HTTPException as error:
            if error.status == 401:
                self.refused.set()
                return False
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass
        return True


class _Adapter(AsyncWebhookAdapter):
    """The library's way to respond to interactions, which goes past `HTTPClient.request`."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._transport = transport

    async def request(self, route: Route, session: aiohttp.ClientSession, **given: Any) -> Any:
        first = (route.method, route.path) == RESPOND
        patience = RESPONSE_PATIENCE if first else PATIENCE

        async def send() -> Any:
            try:
                async with asyncio.timeout(patience):
                    return await super(_Adapter, self).request(route, session, **given)
            except TimeoutError:
                raise TimeoutError(f"nothing within {patience:g} s") from None

        try:
            return await self._transport.again(route, given.get("files"), send, range(500, 600))
        except CUT_OFF as error:
            if not first or (given.get("payload") or {}).get("type") != SUGGESTIONS:
                raise
            # Whoever typed on has made them needless.
            _log.info("%s: no suggestions: %s", asked.get(), brief(error))


def _marked(given: dict[str, Any], form: Any) -> Any:
    """Mark a message by the question that it answers, so that Discord knows it again.

    The library's own mark holds for one call.  This one holds for all that are made about the same question
    with the same words, with a reference to it or without.
    """
    question = asked.get()
    if question is None:
        return form
    if form is None:
        given["json"] = _with_nonce(given["json"], question)
        return None
    first, *files = form
    return [first | {"value": json.dumps(_with_nonce(json.loads(first["value"]), question))}, *files]


def _with_nonce(body: dict[str, Any], question: Question) -> dict[str, Any]:
    shown = [body.get(part) for part in ("content", "embeds", "components")]
    words = zlib.crc32(json.dumps(shown, sort_keys=True).encode())
    return body | {"nonce": f"{int(question.id):x}-{words:08x}", "enforce_nonce": True}


def _repeatable(route: Route, error: Exception) -> bool:
    """Whether a request that may have been carried out can be sent again: Discord carries it out once."""
    if route.method != "POST" or isinstance(error, aiohttp.ClientConnectorError):
        return True
    if (route.method, route.path) == RESPOND:
        return not isinstance(error, TimeoutError)  # the three seconds that Discord gives are over
    return (route.method, route.path) == CREATE_MESSAGE


def _told(error: discord.HTTPException) -> float:
    """Seconds that a 429 tells to wait; 0 if it does not tell."""
    try:
        return float(error.response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0
