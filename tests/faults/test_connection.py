"""Connections that break, go silent, or are never made."""

from __future__ import annotations

import asyncio
import re
import threading
from itertools import pairwise
from typing import get_args

import pytest
from discord.gateway import DiscordWebSocket

from bot.discordapp import gateway, serve
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_end_to_end import Settings
from tests.faults.conftest import Live, answers_once, is_well, until
from tests.loopback import LoopbackDiscord
from tests.loopback.faults import Moment
from tests.loopback.gateway import IDENTIFY, RESUME
from tests.loopback.world import BOB, DM

AT_THE_START: list[Moment] = ["before HELLO", "after HELLO", "after IDENTIFY", "after READY"]


@pytest.mark.parametrize("moment", AT_THE_START)
@pytest.mark.parametrize("times", [1, 3])
async def test_dropped_in_the_handshake(server: LoopbackDiscord, live: Live, moment: Moment, times: int) -> None:
    server.faults.drop(moment, times=times)
    async with live():
        # After READY there is a session to resume, and nothing to greet with a second time.
        least = 2 if moment == "after READY" else times + 1
        await server.gateway.until(lambda: server.gateway.connections >= least)
        assert await is_well(server)


@pytest.mark.parametrize("moment", ["before HELLO", "after HELLO", "after RESUME"])
async def test_dropped_while_coming_back(server: LoopbackDiscord, live: Live, moment: Moment) -> None:
    async with live():
        server.faults.drop(moment, times=2)
        await server.gateway.drop()
        question = await server.ask("kettle?")
        assert await answers_once(server, question)
        assert server.gateway.count(IDENTIFY) == 1, "a session that can be resumed was thrown away"


async def test_dropped_in_the_middle_of_a_question(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.faults.drop("in mid-frame")
        question = await server.ask("kettle?")
        assert await answers_once(server, question)
        assert (server.gateway.count(IDENTIFY), server.gateway.count(RESUME)) == (1, 1)


async def test_what_was_answered_before_the_break_is_not_answered_after_it(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        async with server.gateway.backwards():
            first, second = await server.ask("kettle?"), await server.ask("stove?", channel=DM)
        # The first came last, so that the client resumes from it, and the second is sent again.
        assert len(await server.answered(first)) == len(await server.answered(second)) == 1
        await server.gateway.drop()
        await server.gateway.until(lambda: server.gateway.count(RESUME) == 1 and server.gateway.connected)
        assert await is_well(server)
        assert len(server.answers(first)) == len(server.answers(second)) == 1
        assert len(server.said(DM)) == 1


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_in_the_handshake(server: LoopbackDiscord, live: Live, resumable: bool) -> None:
    server.faults.invalidate("after IDENTIFY", resumable=resumable, times=2)
    async with live():
        assert await is_well(server)
        assert server.gateway.count(IDENTIFY) == 3


@pytest.mark.parametrize(("resumable", "sessions"), [(True, 1), (False, 2)])
async def test_an_invalid_session_while_coming_back(
    server: LoopbackDiscord, live: Live, resumable: bool, sessions: int
) -> None:
    async with live():
        server.faults.invalidate("after RESUME", resumable=resumable)
        await server.gateway.drop()
        await server.gateway.until(lambda: server.gateway.connections == 3 and server.gateway.connected)
        assert await is_well(server)
        assert server.gateway.count(IDENTIFY) == sessions


async def test_discord_asks_to_reconnect(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        await server.gateway.ask_to_reconnect()
        await server.gateway.until(lambda: server.gateway.count(RESUME) == 1 and server.gateway.connected)
        assert await is_well(server)
        assert server.gateway.count(IDENTIFY) == 1


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4007, 4009])
async def test_closed_with_a_code_that_passes(server: LoopbackDiscord, live: Live, code: int) -> None:
    async with live():
        await server.gateway.close(code)
        await server.gateway.until(lambda: server.gateway.connections == 2 and server.gateway.connected)
        assert await is_well(server)


async def test_heartbeats_that_nobody_acknowledges(live: Live, server: LoopbackDiscord) -> None:
    server.faults.alter("HELLO", lambda hello: hello["d"].update(heartbeat_interval=50))
    server.gateway.answer_heartbeats = False
    async with live():
        async with asyncio.timeout(5):
            while server.gateway.count(RESUME) == 0:
                # Events still arrive, so that the connection looks alive.
                await server.say("nothing for the bot", user=BOB, wait=False)
                await asyncio.sleep(0.02)
        server.gateway.answer_heartbeats = True
        assert await is_well(server)


@pytest.fixture
def impatient(server: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that waits less for a word, and a gateway that has one more often."""
    monkeypatch.setattr(gateway, "SILENCE", 0.5)
    server.faults.alter("HELLO", lambda hello: hello["d"].update(heartbeat_interval=100), times=100)


async def test_half_open(impatient: None, server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.gateway.go_silent()
        question = await server.ask("kettle?")
        assert await answers_once(server, question)
        assert server.gateway.count(RESUME) >= 1


@pytest.mark.parametrize("moment", ["before HELLO", "after IDENTIFY"])
async def test_silent_in_the_handshake(impatient: None, server: LoopbackDiscord, live: Live, moment: Moment) -> None:
    server.faults.silence(moment)
    async with live():
        assert server.gateway.connections >= 2
        assert await is_well(server)


async def test_nobody_there_for_a_while(server: LoopbackDiscord, live: Live) -> None:
    async with live() as life:
        port = int(server.gateway_url.rsplit(":", 1)[1].split("/")[0])
        await server.stop()
        await until(lambda: not life.monitor.status().healthy)
        question = await server.ask("kettle?")  # kept for the RESUME
        await server.start(port=port)
        assert await answers_once(server, question)


async def test_a_resume_address_that_is_gone(server: LoopbackDiscord, live: Live) -> None:
    gone = "ws://127.0.0.1:9/gateway"
    server.faults.alter("READY", lambda ready: ready["d"].update(resume_gateway_url=gone))
    async with live():
        await server.gateway.drop()
        await server.gateway.until(lambda: server.gateway.count(IDENTIFY) == 2 and server.gateway.connected)
        assert await is_well(server)


async def test_a_gateway_that_drops_everybody_is_asked_ever_less(
    server: LoopbackDiscord, settings: Settings, expert: SampleExpert, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.drop("after IDENTIFY", times=1000)
    stop = asyncio.Event()
    life = asyncio.create_task(serve(settings, expert, stop=stop))
    await server.gateway.until(lambda: server.gateway.connections == 6)
    stop.set()
    await asyncio.wait_for(life, 5)
    told = re.findall(r"attempt (\d+) to connect again in ([\d.]+) s", caplog.text)
    assert [int(number) for number, _ in told][:5] == [1, 2, 3, 4, 5]
    assert float(told[0][1]) == 0
    assert float(told[4][1]) > 0


async def test_a_connection_that_breaks_while_it_identifies_leaves_nothing_behind(
    server: LoopbackDiscord, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    identify, breaks = DiscordWebSocket.identify, iter([True, True])

    async def breaking(self: DiscordWebSocket) -> None:
        if next(breaks, False):
            raise ConnectionResetError
        await identify(self)

    monkeypatch.setattr(DiscordWebSocket, "identify", breaking)
    before = beating()
    async with live():
        assert await is_well(server)
        await until(lambda: len(beating() - before) == 1)


def beating() -> set[threading.Thread]:
    """Threads that beat for a connection."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("keep-alive-handler")}


def test_pauses_double_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    pauses = [gateway._pause(attempt) for attempt in range(1, 2000)]
    assert pauses[:4] == [0, 1, 2, 4]
    assert all(after >= before for before, after in pairwise(pauses))
    assert pauses[-1] == gateway.LONGEST_PAUSE


def test_every_moment_is_tried() -> None:
    assert {*AT_THE_START, "in mid-frame", "after RESUME"} == set(get_args(Moment))
