"""Events that come twice, in the wrong order, or make no sense."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.discordapp import intake, status
from tests.discordapp.sample import SampleExpert
from tests.faults.conftest import Live, answers_once, is_well, until
from tests.loopback import LoopbackDiscord
from tests.loopback.gateway import IDENTIFY, RESUME
from tests.loopback.world import ALICE, BOT, CHANNEL, GUILD, Json

# Twice


async def test_a_message_that_comes_twice(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        question = await server.ask("kettle?")
        await server.gateway.repeat("MESSAGE_CREATE")
        assert await answers_once(server, question)
        await server.gateway.repeat("MESSAGE_CREATE")
        assert await is_well(server)
        assert len(server.said()) == 4


async def test_a_command_that_comes_twice(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        asked = await server.slash("concept", name="kettle")
        await server.gateway.repeat("INTERACTION_CREATE")
        assert await is_well(server)
        assert [r.status for r in server.requests if asked.id in r.path] == [200]


async def test_a_button_that_comes_twice(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        told = await server.say(f"<@{BOT}> kettle?")
        assert told is not None
        pressed = await server.press(told, "हिन्दी")
        await server.gateway.repeat("INTERACTION_CREATE")
        assert await is_well(server)
        assert [r.status for r in server.requests if pressed.id in r.path] == [200]


async def test_what_came_twice_is_forgotten_in_time(
    server: LoopbackDiscord, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "REMEMBERED", 3)
    async with live() as life:
        for _ in range(5):
            assert await is_well(server)
        assert len(life.bot.intake._seen) == 3


async def test_events_in_the_wrong_order(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        async with server.gateway.backwards():
            questions = [await server.ask(text) for text in ("kettle?", "stove?", "kettle or stove?")]
        for question in questions:
            assert await answers_once(server, question)


# Nonsense

MESSAGE: Json = {"id": "77", "channel_id": CHANNEL, "guild_id": GUILD, "content": "?", "mentions": [{"id": BOT}]}
COMMAND: Json = {"id": "88", "application_id": BOT, "type": 2, "token": "t", "version": 1, "channel_id": CHANNEL}


def event(name: Any, data: Any, number: Any = None) -> str:
    return json.dumps({"op": 0, "t": name, "s": number, "d": data})


NONSENSE: dict[str, str] = {
    "no JSON": "{",
    "no object": "[1, 2]",
    "null": "null",
    "nothing": "",
    "deeper than anybody reads": "[" * 100_000 + "]" * 100_000,
    "an unknown operation": '{"op": 99, "d": {}}',
    "an operation that is no number": '{"op": {"a": 1}, "d": []}',
    "no operation": "{}",
    "an unknown event": event("NEVER_HEARD_OF", {"a": 1}),
    "an event whose name is no text": event(["MESSAGE_CREATE"], {}),
    "an event without data": event("MESSAGE_CREATE", None),
    "an empty message": event("MESSAGE_CREATE", {}),
    "a message that is a list": event("MESSAGE_CREATE", [MESSAGE]),
    "a message of nobody": event("MESSAGE_CREATE", MESSAGE),
    "a message whose author is a number": event("MESSAGE_CREATE", MESSAGE | {"author": 1}),
    "a message without most of it": event("MESSAGE_CREATE", MESSAGE | {"author": {"id": ALICE}}),
    "a message whose mentions are null": event("MESSAGE_CREATE", MESSAGE | {"author": {"id": ALICE}, "mentions": None}),
    "an empty interaction": event("INTERACTION_CREATE", {}),
    "an interaction without data": event("INTERACTION_CREATE", COMMAND),
    "an interaction whose data is a text": event("INTERACTION_CREATE", COMMAND | {"data": "ask"}),
    "an interaction of an unknown kind": event("INTERACTION_CREATE", COMMAND | {"type": 99, "data": {}}),
    "an empty guild": event("GUILD_CREATE", {}),
    "a guild whose members are a text": event("GUILD_CREATE", {"id": "5", "members": "all"}),
    "an update of a channel that is a number": event("CHANNEL_UPDATE", 5),
    "a deleted message without an id": event("MESSAGE_DELETE", {"channel_id": CHANNEL}),
    "a heartbeat that nobody asked for": '{"op": 11}',
    "megabytes": event("NEVER_HEARD_OF", "x" * 5_000_000),
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_read_past(server: LoopbackDiscord, live: Live, text: str) -> None:
    async with live():
        await server.gateway.send(text)
        assert await is_well(server)
        assert server.gateway.connections == 1


async def test_what_can_not_be_read_is_in_the_log(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async with live():
        await server.gateway.send(event("MESSAGE_CREATE", MESSAGE | {"author": {"id": ALICE}}))
        await server.gateway.send("{")
        assert await is_well(server)
    assert "event MESSAGE_CREATE (id 77) can not be read: " in caplog.text
    assert "something that the gateway sent can not be read: JSONDecodeError" in caplog.text


async def test_a_compressed_stream_that_breaks(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        await server.gateway.send(b"\x00 no zlib \x00\x00\xff\xff")
        question = await server.ask("kettle?")
        assert await answers_once(server, question)
        assert (server.gateway.count(IDENTIFY), server.gateway.count(RESUME)) == (1, 1)


BROKEN: dict[str, Callable[[Json], object]] = {
    "nothing in it": lambda message: message.update(d={}),
    "no data": lambda message: message.update(d=None),
    "data that is a text": lambda message: message.update(d="hello"),
    "an interval that is a text": lambda message: message["d"].update(heartbeat_interval="soon"),
    "no session": lambda message: message["d"].pop("session_id", None),
    "no user": lambda message: message["d"].pop("user", None),
    "no guilds": lambda message: message["d"].pop("guilds", None),
}


@pytest.mark.parametrize(
    ("greeting", "change"),
    [("HELLO", change) for change in list(BROKEN)[:4]]
    + [("READY", change) for change in (*BROKEN,) if "int" not in change],
)
async def test_a_greeting_that_makes_no_sense(server: LoopbackDiscord, live: Live, greeting: str, change: str) -> None:
    server.faults.alter(greeting, BROKEN[change], times=2)
    async with live():
        await server.gateway.until(lambda: server.gateway.connections == 3 and server.gateway.connected)
        assert await is_well(server)


async def test_a_question_without_end(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        assert await answers_once(server, await server.ask("kettle? " * 100_000))


# Time


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
async def test_the_clock_jumps(
    server: LoopbackDiscord, live: Live, expert: SampleExpert, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    async with live() as life:
        assert await is_well(server)
        told = time.time
        monkeypatch.setattr(time, "time", lambda: told() + jump)
        assert await is_well(server)
        assert expert.followed[-1] is not None, "what was said a moment ago is forgotten"
        assert life.monitor.status().loop_lag < status.SLOW_LOOP
        server.faults.limit(r"/messages$", retry_after=0.05)
        assert await is_well(server)
        await server.gateway.drop()
        assert await answers_once(server, await server.ask("kettle?"))
        assert (server.gateway.count(IDENTIFY), server.gateway.count(RESUME)) == (1, 1)


async def test_a_loop_that_stands_still_is_in_the_log(
    server: LoopbackDiscord, live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(status, "TICK", 0.01)
    monkeypatch.setattr(status, "LATE", 0.2)
    monkeypatch.setattr(status, "SLOW_LOOP", 0.2)
    async with live() as life:
        await until(lambda: life.monitor.status().healthy)
        time.sleep(0.5)
        assert not life.monitor.status().healthy, "nobody saw it while it lasted"
        await until(lambda: "the event loop stood still for" in caplog.text)
        await until(lambda: life.monitor.status().healthy)
        assert await is_well(server)
    assert {record.levelno for record in caplog.records if "stood still" in record.message} == {logging.WARNING}
