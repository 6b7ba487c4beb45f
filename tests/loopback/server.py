"""The loopback Discord: an HTTP server that a real client can not tell from Discord, as far as a bot goes."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

from aiohttp import web

from tests.loopback import world
from tests.loopback.faults import Faults
from tests.loopback.gateway import Gateway
from tests.loopback.world import ALICE, BOT, CHANNEL, DM, GUILD, Json

PREFIX: Final = "/api/v10"
PATIENCE: Final = 30.0
"""Seconds to wait for the bot; Discord's three, with room for a slow machine."""
Handler = Callable[[web.Request, Any], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Recorded:
    """A REST request of the bot, and how it was answered."""

    method: str
    path: str
    """Below the API's base, without the query."""
    body: Any
    status: int
    files: dict[str, bytes] = field(default_factory=dict)
    """What was uploaded, by file name."""


@dataclass
class Exchange:
    """An interaction and everything the bot did about it."""

    id: str
    token: str
    channel_id: str
    message: Json | None = None
    """The message whose button was pressed, or the bot's own response."""
    callback: Json | None = None
    followups: list[Json] = field(default_factory=list)
    deleted: bool = False
    event: Json = field(default_factory=dict)
    """What the bot was told."""
    sent: float = 0.0
    """When, in seconds of the monotonic clock."""
    responded: float | None = None
    """When it responded, however late."""

    @property
    def data(self) -> Json:
        """The data of the callback."""
        return (self.callback or {}).get("data") or {}

    @property
    def ephemeral(self) -> bool:
        """Whether only the person sees the response."""
        return bool((self.data.get("flags") or 0) & world.EPHEMERAL)

    @property
    def text(self) -> str:
        """All text that the response shows."""
        return texts(self.data)


def texts(payload: Json) -> str:
    """All text displays of a payload, and its content."""
    found = [payload.get("content") or ""]

    def walk(components: list[Json]) -> None:
        for component in components:
            if component["type"] == 10:
                found.append(component["content"])
            walk(component.get("components") or [])

    walk(payload.get("components") or [])
    return "\n".join(filter(None, found))


class LoopbackDiscord:
    """Start it, point a bot at `api_base` and `gateway_url`, and be its users."""

    def __init__(self, *, token: str = "loopback-token", locale: str = "en-US", heartbeat_ms: int = 41_250) -> None:
        self.token = token
        self.requests: list[Recorded] = []
        self.messages: dict[str, Json] = {}
        self.commands: dict[str, list[Json]] = {}
        """Registered commands: "global" or a guild's id to what was registered."""
        self.faults = Faults()
        self.gateway = Gateway(token, lambda: self.gateway_url, self.faults, heartbeat_ms=heartbeat_ms, locale=locale)
        self._locale = locale
        self._nonces: dict[str, str] = {}
        """What marks a message to the message: sent twice, it exists once."""
        self._exchanges: dict[str, Exchange] = {}
        self._ids = itertools.count(world.EPOCH + 1000)
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._address = ""

    # Life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes any free one."""
        app = web.Application(client_max_size=30 * 2**20)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_route("*", PREFIX + "/{path:.*}", self._rest)
        app.router.add_get("/loopback/requests", self._outside_requests)
        app.router.add_post("/loopback/{action}", self._outside_action)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        taken = self._runner.addresses[0]
        self._address = f"{taken[0]}:{taken[1]}"

    async def stop(self) -> None:
        """Close everything."""
        await self.gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        """For DISCORD_API_BASE."""
        return f"http://{self._address}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """For DISCORD_GATEWAY_URL."""
        return f"ws://{self._address}/gateway"

    def forget(self) -> None:
        """Let go of everything that was said and asked so far, so that days may pass."""
        for kept in (self.requests, self.messages, self._exchanges, self._nonces, self.gateway.received):
            kept.clear()
        if self.gateway.session is not None:
            self.gateway.session.sent.clear()

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait for something about the REST side to become true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def fail_next(
        self, path: str, status: int, *, times: int = 1, body: Json | None = None, retry_after: float | None = None
    ) -> None:
        """Answer the next requests whose path matches with an error; `faults` can do more."""
        if status == 429:
            self.faults.limit(path, retry_after=retry_after, times=times)
        else:
            self.faults.answer(path, status, times=times, body=body)

    # What people do

    async def slash(
        self,
        command: str,
        /,
        *,
        user: str = ALICE,
        channel: str = CHANNEL,
        locale: str = "en-US",
        wait: bool = True,
        **options: Any,
    ) -> Exchange:
        """Use a slash command and wait for the response."""
        data = {"id": self._next(), "name": command, "type": 1, "options": _options(options)}
        return await self._interact(2, data, user=user, channel=channel, locale=locale, wait=wait)

    async def autocomplete(
        self, command: str, option: str, typed: str, /, *, user: str = ALICE, locale: str = "en-US", **filled: Any
    ) -> list[Json]:
        """Type into an option; returns the choices."""
        focused = {"type": 3, "name": option, "value": typed, "focused": True}
        data = {"id": self._next(), "name": command, "type": 1, "options": [*_options(filled), focused]}
        exchange = await self._interact(4, data, user=user, channel=CHANNEL, locale=locale)
        choices: list[Json] = exchange.data["choices"]
        return choices

    async def menu(self, name: str, message: Json, *, user: str = ALICE, locale: str = "en-US") -> Exchange:
        """Use a context menu on a message."""
        data = {
            "id": self._next(),
            "name": name,
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }
        return await self._interact(2, data, user=user, channel=message["channel_id"], locale=locale)

    async def press(
        self,
        message: Json,
        custom_id: str,
        *,
        user: str = ALICE,
        locale: str = "en-US",
        values: list[str] | None = None,
    ) -> Exchange:
        """Press a button, or choose in a menu: by custom_id, its beginning, or the label."""
        component = world.find_component(message, custom_id)
        data = {
            "component_type": component["type"],
            "custom_id": component["custom_id"],
            "id": component["id"],
        }
        if values is not None:
            known = [option["value"] for option in component["options"]]
            if not set(values) <= set(known):
                raise LookupError(f"{values} are not among {known}")
            data["values"] = values
        return await self._interact(3, data, user=user, channel=message["channel_id"], locale=locale, message=message)

    async def say(
        self,
        content: str,
        *,
        user: str = ALICE,
        channel: str = CHANNEL,
        mentions: tuple[str, ...] | None = None,
        wait: bool = True,
    ) -> Json | None:
        """Write a message; `<@id>` mentions.  Returns the bot's next message, None if not waited for.

        As Discord does it for bots without the privileged intent, the text is blank unless the bot is
        mentioned or it is a direct message.
        """
        before = self._count_sent(channel)
        await self._write(content, user, channel, mentions)
        if not wait:
            return None
        await self.until(lambda: self._count_sent(channel) > before)
        return self.said(channel)[-1]

    async def ask(self, text: str, *, user: str = ALICE, channel: str = CHANNEL) -> Json:
        """Mention the bot in a question, and wait for nothing; returns the question."""
        return await self._write(f"<@{BOT}> {text}", user, channel, None)

    async def answered(self, question: Json) -> list[Json]:
        """Wait for the answer to a question; returns every one there is."""
        await self.until(lambda: bool(self.answers(question)))
        return self.answers(question)

    def answers(self, question: Json) -> list[Json]:
        """What the bot replied to a message."""
        return [
            message
            for message in self.said(question["channel_id"])
            if str((message.get("message_reference") or {}).get("message_id")) == question["id"]
        ]

    def said(self, channel: str = CHANNEL) -> list[Json]:
        """All messages of the bot in a channel, oldest first."""
        return [m for m in self.messages.values() if m["author"]["id"] == BOT and m["channel_id"] == channel]

    # Inside

    def _next(self) -> str:
        return str(next(self._ids))

    async def _write(self, content: str, user: str, channel: str, mentions: tuple[str, ...] | None) -> Json:
        named = mentions if mentions is not None else tuple(re.findall(r"<@!?(\d+)>", content))
        message = world.message(self._next(), channel, user, {"content": content})
        message["mentions"] = [world.user(id) for id in named]
        self.messages[message["id"]] = message
        shown = dict(message)
        if channel != DM:
            member = {key: value for key, value in world.member(user).items() if key != "user"}
            shown |= {"guild_id": GUILD, "member": member}
            if BOT not in named:
                shown["content"] = ""
        await self.gateway.dispatch("MESSAGE_CREATE", shown)
        return message

    def _count_sent(self, channel: str) -> int:
        path = f"/channels/{channel}/messages"
        return sum(1 for r in self.requests if (r.method, r.path) == ("POST", path) and r.status == 200)

    async def _interact(
        self,
        type: int,
        data: Json,
        *,
        user: str,
        channel: str,
        locale: str,
        message: Json | None = None,
        wait: bool = True,
    ) -> Exchange:
        exchange = Exchange(self._next(), f"token-{self._next()}", channel, message)
        self._exchanges[exchange.token] = exchange
        payload = {
            "id": exchange.id,
            "application_id": BOT,
            "type": type,
            "data": data,
            "channel_id": channel,
            "channel": world.channel(channel),
            "token": exchange.token,
            "version": 1,
            "app_permissions": world.permissions(BOT),
            "locale": locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": GUILD if channel != DM else "0"},
            "context": 1 if channel == DM else 0,
            "attachment_size_limit": 10 * 2**20,
        }
        if channel == DM:
            payload["user"] = world.user(user)
        else:
            member = world.member(user) | {"permissions": world.permissions(user)}
            payload |= {"guild_id": GUILD, "guild_locale": self._locale, "member": member}
            payload["guild"] = {"id": GUILD, "locale": self._locale, "features": []}
        if message is not None:
            payload["message"] = message
        exchange.event, exchange.sent = payload, time.monotonic()
        await self.gateway.dispatch("INTERACTION_CREATE", payload)
        if not wait:
            return exchange
        await self.until(lambda: exchange.callback is not None)
        if (exchange.callback or {})["type"] == 6:  # the answer comes by a second request
            await self.until(lambda: exchange.deleted or bool(exchange.followups))
        return exchange

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        body, files = await _body(request)
        await self.faults.wait(path)
        fault = self.faults.on(path)
        if fault is None or fault.carried_out:
            response = _misattached(body, files) or await self._answer(request, path, body)
        status = fault.status if fault is not None else response.status
        self.requests.append(Recorded(request.method, path, body, status, files))
        async with self._changed:
            self._changed.notify_all()
        return response if fault is None else await fault.respond(request)

    async def _answer(self, request: web.Request, path: str, body: Any) -> web.StreamResponse:
        by_token = re.match(r"/(interactions|webhooks)/\d+/[^/]+", path)
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        for method, pattern, handler in self._routes:
            if method == request.method and (match := re.fullmatch(pattern, path)):
                return handler(self, body, **match.groupdict())
        return _json({"message": "404: Not Found", "code": 0}, status=404)

    def _me(self, body: Any) -> web.Response:
        return _json(world.user(BOT))

    def _application(self, body: Any) -> web.Response:
        return _json(world.APPLICATION)

    def _gateway(self, body: Any) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return _json({"url": self.gateway_url, "shards": 1, "session_start_limit": limit})

    def _register(self, body: list[Json], guild: str = "global") -> web.Response:
        given = {"application_id": BOT, "version": "1", "default_member_permissions": None}
        self.commands[guild] = [{"type": 1, "description": ""} | command | given for command in body]
        for command in self.commands[guild]:
            command["id"] = self._next()
            if guild != "global":
                command["guild_id"] = guild
        return _json(self.commands[guild])

    def _registered(self, body: Any, guild: str = "global") -> web.Response:
        return _json(self.commands.get(guild, []))

    def _callback(self, body: Json, token: str) -> web.Response:
        exchange = self._exchanges.get(token)
        if exchange is None:
            return _unknown("Unknown interaction", 10062)
        if exchange.callback is not None:
            return _json({"message": "Interaction has already been acknowledged.", "code": 40060}, status=400)
        data = body.get("data") or {}
        if body["type"] == 4:
            exchange.message = self._store(exchange.channel_id, data)
        elif body["type"] == 7 and exchange.message is not None:
            exchange.message = self._store(exchange.channel_id, data, exchange.message["id"])
        exchange.callback, exchange.responded = body, time.monotonic()
        told: Json = {"interaction": {"id": exchange.id, "type": 2}}
        if exchange.message is not None:
            told["interaction"]["response_message_id"] = exchange.message["id"]
            told["resource"] = {"type": body["type"], "message": exchange.message}
        return _json(told)

    def _followup(self, body: Json, token: str) -> web.Response:
        exchange = self._exchanges[token]
        sent = self._store(exchange.channel_id, body)
        exchange.followups.append(sent)
        return _json(sent)

    def _original(self, body: Any, token: str) -> web.Response:
        message = self._exchanges[token].message
        return _json(message) if message else _unknown("Unknown Message", 10008)

    def _edit_original(self, body: Json, token: str) -> web.Response:
        exchange = self._exchanges[token]
        if exchange.message is None or exchange.message["id"] not in self.messages:
            return _unknown("Unknown Message", 10008)
        exchange.message = self._store(exchange.channel_id, body, exchange.message["id"])
        return _json(exchange.message)

    def _delete_original(self, body: Any, token: str) -> web.Response:
        exchange = self._exchanges[token]
        if exchange.message is None or self.messages.pop(exchange.message["id"], None) is None:
            return _unknown("Unknown Message", 10008)
        exchange.deleted = True
        return web.Response(status=204)

    def _send(self, body: Json, channel: str) -> web.Response:
        if body.get("enforce_nonce") and body["nonce"] in self._nonces:
            return _json(self.messages[self._nonces[body["nonce"]]])
        sent = self._store(channel, body)
        if body.get("nonce"):
            self._nonces[body["nonce"]] = sent["id"]
        return _json(sent)

    def _delete(self, body: Any, channel: str, message: str) -> web.Response:
        if self.messages.pop(message, None) is None:
            return _unknown("Unknown Message", 10008)
        return web.Response(status=204)

    def _store(self, channel: str, body: Json, id: str | None = None) -> Json:
        old = self.messages.get(id or "", {})
        flags = (body.get("flags") or 0) | ((old.get("flags") or 0) & world.EPHEMERAL)
        message = world.message(id or self._next(), channel, BOT, body | {"flags": flags})
        self.messages[message["id"]] = message
        return message

    _routes: Final[list[tuple[str, str, Callable[..., web.Response]]]] = [
        ("GET", r"/users/@me", _me),
        ("GET", r"/oauth2/applications/@me", _application),
        ("GET", r"/applications/@me", _application),
        ("GET", r"/gateway(?:/bot)?", _gateway),
        ("PUT", r"/applications/\d+/commands", _register),
        ("GET", r"/applications/\d+/commands", _registered),
        ("PUT", r"/applications/\d+/guilds/(?P<guild>\d+)/commands", _register),
        ("GET", r"/applications/\d+/guilds/(?P<guild>\d+)/commands", _registered),
        ("POST", r"/interactions/\d+/(?P<token>[^/]+)/callback", _callback),
        ("POST", r"/webhooks/\d+/(?P<token>[^/]+)", _followup),
        ("GET", r"/webhooks/\d+/(?P<token>[^/]+)/messages/@original", _original),
        ("PATCH", r"/webhooks/\d+/(?P<token>[^/]+)/messages/@original", _edit_original),
        ("DELETE", r"/webhooks/\d+/(?P<token>[^/]+)/messages/@original", _delete_original),
        ("POST", r"/channels/(?P<channel>\d+)/messages", _send),
        ("DELETE", r"/channels/(?P<channel>\d+)/messages/(?P<message>\d+)", _delete),
    ]

    # From outside

    async def _outside_requests(self, request: web.Request) -> web.Response:
        return _json([vars(recorded) | {"files": sorted(recorded.files)} for recorded in self.requests])

    async def _outside_action(self, request: web.Request) -> web.Response:
        given = await request.json()
        action = request.match_info["action"]
        if action == "say":
            return _json(await self.say(**given))
        if action == "autocomplete":
            command = given.pop("command")
            return _json(await self.autocomplete(command, given.pop("option"), given.pop("typed"), **given))
        if action == "press":
            given["message"] = self.messages[given["message"]]
            return _json(vars(await self.press(**given)))
        if action == "slash":
            return _json(vars(await self.slash(given.pop("command"), **given)))
        if action == "drop":
            await self.gateway.drop()
            return _json({})
        return _json({"error": f"no action {action}"}, status=404)


def _json(data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # The client reads JSON only under exactly this type, without a charset.
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _options(given: Json) -> list[Json]:
    kinds = {bool: 5, int: 4, str: 3}
    return [{"type": kinds[type(value)], "name": name, "value": value} for name, value in given.items()]


def _unknown(message: str, code: int) -> web.Response:
    return _json({"message": message, "code": code}, status=404)


async def _body(request: web.Request) -> tuple[Any, dict[str, bytes]]:
    """JSON, wherever discord.py puts it, and the files beside it."""
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        return (json.loads(raw) if raw else None), {}
    form = await request.post()
    files = {field.filename: field.file.read() for field in form.values() if isinstance(field, web.FileField)}
    return json.loads(str(form["payload_json"])), files


def _misattached(body: Any, files: dict[str, bytes]) -> web.Response | None:
    """Discord's refusal of a layout that shows a file which was not sent, or of a file that nothing tells of."""
    if not isinstance(body, dict):
        return None
    payload = (body.get("data") if "type" in body else body) or {}
    named = {file["filename"] for file in payload.get("attachments") or []}
    shown = set(re.findall(r'"attachment://([^"]+)"', json.dumps(payload.get("components") or [])))
    if named == set(files) and shown <= named:
        return None
    return _json({"message": "Invalid Form Body", "code": 50035, "errors": {"attachments": sorted(shown)}}, status=400)
