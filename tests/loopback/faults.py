"""What goes wrong, and when: a script that the loopback Discord plays."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiohttp import web

from tests.loopback.world import Json

Moment = Literal["before HELLO", "after HELLO", "after IDENTIFY", "after READY", "after RESUME", "in mid-frame"]
"""Of a connection.  "after IDENTIFY" and "after RESUME" are before anything is answered."""

LOGIN: Final = r"^/users/@me$"
COMMANDS: Final = r"/commands$"
MESSAGES: Final = r"^/channels/\d+/messages$"
RESPONSES: Final = r"^/interactions/.*/callback$"
ANYTHING: Final = r""

BLOCKED: Final = "<!DOCTYPE html>\n<html><head><title>Access denied | discord.com used Cloudflare</title></head></html>"
"""What stands in front of Discord, and answers in its place."""


class Connection:
    """What a fault may do to a connection of the gateway."""

    async def send(self, message: Json | str | bytes) -> None:
        """Send an event; text and bytes go as they are."""
        raise NotImplementedError

    async def drop(self) -> None:
        """Cut it without a goodbye."""
        raise NotImplementedError

    async def drop_in_frame(self) -> None:
        """Cut it in the middle of an event."""
        raise NotImplementedError

    async def close(self, code: int) -> None:
        """Close it with one of Discord's codes."""
        raise NotImplementedError

    def go_silent(self) -> None:
        """Hear and say nothing any more, and leave it open."""
        raise NotImplementedError


@dataclass
class _Planned:
    """Something that happens the next `times` times."""

    act: Callable[[Connection], Awaitable[None]]
    times: int


@dataclass
class _Change:
    change: Callable[[Json], object]
    times: int


@dataclass
class RestFault:
    """What happens to requests whose path matches."""

    pattern: re.Pattern[str]
    times: int
    respond: Callable[[web.Request], Awaitable[web.StreamResponse]]
    status: int
    carried_out: bool
    """Whether Discord has done what was asked, and only its answer goes wrong."""


class Gate:
    """Requests that wait until somebody lets them through; then all goes well."""

    def __init__(self, route: str) -> None:
        self.pattern = re.compile(route)
        self.reached, self.opened = asyncio.Event(), asyncio.Event()


class Faults:
    """Everything that is planned to go wrong.  `times` counts connections, or requests."""

    def __init__(self) -> None:
        self._planned: dict[Moment, list[_Planned]] = {}
        self._changes: dict[str, list[_Change]] = {}
        self._rest: list[RestFault] = []
        self._gates: list[Gate] = []

    # The gateway

    def drop(self, moment: Moment, *, times: int = 1) -> None:
        """Cut the connection without a goodbye, as a bad network does."""
        mid_frame = moment == "in mid-frame"
        self._plan(moment, lambda it: it.drop_in_frame() if mid_frame else it.drop(), times)

    def close(self, moment: Moment, code: int, *, times: int = 1) -> None:
        """Close the connection with one of Discord's codes."""
        self._plan(moment, lambda it: it.close(code), times)

    def silence(self, moment: Moment, *, times: int = 1) -> None:
        """Leave the connection open, and never say a word again."""

        async def act(connection: Connection) -> None:
            connection.go_silent()

        self._plan(moment, act, times)

    def invalidate(self, moment: Moment, *, resumable: bool = False, times: int = 1) -> None:
        """Answer with INVALID_SESSION."""
        self._plan(moment, lambda it: it.send({"op": 9, "d": resumable, "s": None, "t": None}), times)

    def alter(self, message: str, change: Callable[[Json], object], *, times: int = 1) -> None:
        """Change what is sent: "HELLO", or an event by its name."""
        self._changes.setdefault(message, []).append(_Change(change, times))

    # The HTTP interface

    def answer(
        self,
        route: str,
        status: int,
        *,
        times: int = 1,
        body: Json | None = None,
        page: str | None = None,
        headers: dict[str, str] | None = None,
        carried_out: bool = False,
    ) -> None:
        """Answer with this instead, as JSON or as an HTML page."""
        type = "text/html" if page is not None else "application/json"
        told = page if page is not None else json.dumps(body or {"message": "made to fail", "code": 0})

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=told.encode(), status=status, headers=headers, content_type=type)

        self._add(route, times, respond, status, carried_out)

    def limit(
        self,
        route: str,
        *,
        retry_after: float | None = None,
        everywhere: bool = False,
        times: int = 1,
        via: bool = True,
    ) -> None:
        """Answer 429 as Discord does; without `via` it is what stands in front of Discord that does so."""
        body: Json = {"message": "You are being rate limited.", "global": everywhere}
        headers = {"Via": "1.1 loopback"} if via else {}
        if retry_after is not None:
            body["retry_after"] = retry_after
            headers["Retry-After"] = str(retry_after)
        self.answer(route, 429, times=times, body=body, headers=headers)

    def cut(self, route: str, *, times: int = 1, carried_out: bool = False, in_the_answer: bool = False) -> None:
        """Break the connection before the answer, or in the middle of it."""

        async def respond(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
            if in_the_answer:
                await response.prepare(request)
                await response.write(b'{"id": "1')
            if request.transport is not None:
                request.transport.close() if in_the_answer else request.transport.abort()
            return response

        self._add(route, times, respond, 0, carried_out)

    def hang(self, route: str, *, times: int = 1, carried_out: bool = False) -> None:
        """Take the request, and never answer."""

        async def respond(_request: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            raise AssertionError("unreachable")

        self._add(route, times, respond, 0, carried_out)

    def hold(self, route: str) -> Gate:
        """Be slow: take the requests, and go on with them when the gate is opened."""
        self._gates.append(Gate(route))
        return self._gates[-1]

    async def wait(self, path: str) -> None:
        """Wait for the gates that stand before a path."""
        for gate in self._gates:
            if gate.pattern.search(path):
                gate.reached.set()
                await gate.opened.wait()

    def end(self) -> None:
        """From now on all goes well."""
        self.__init__()  # type: ignore[misc]

    # For the server

    async def at(self, moment: Moment, connection: Connection) -> bool:
        """Let happen what is planned for a moment; whether something was."""
        due = _next(self._planned.get(moment, []))
        if due is not None:
            await due.act(connection)
        return due is not None

    def altered(self, name: str, message: Json) -> Json:
        """A message as it is to be sent."""
        due = _next(self._changes.get(name, []))
        if due is None:
            return message
        changed: Json = json.loads(json.dumps(message))
        due.change(changed)
        return changed

    def on(self, path: str) -> RestFault | None:
        """What is to happen to a request."""
        fault: RestFault | None = _next([fault for fault in self._rest if fault.pattern.search(path)])
        return fault

    def _plan(self, moment: Moment, act: Callable[[Connection], Awaitable[None]], times: int) -> None:
        self._planned.setdefault(moment, []).append(_Planned(act, times))

    def _add(self, route: str, times: int, respond: Any, status: int, carried_out: bool) -> None:
        self._rest.append(RestFault(re.compile(route), times, respond, status, carried_out))


def _next(planned: list[Any]) -> Any:
    for it in planned:
        if it.times > 0:
            it.times -= 1
            return it
    return None
