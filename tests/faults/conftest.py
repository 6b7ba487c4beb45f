"""A bot that lives against the loopback Discord, with all of its waits cut short."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot.discordapp import Monitor, app, gateway, manners, serve, transport
from tests.discordapp.description import problems
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_end_to_end import Settings
from tests.loopback import LoopbackDiscord
from tests.loopback.world import Json

FASTER = 100
"""How much sooner the library repeats a request."""


@dataclass(frozen=True)
class Life:
    """A bot that runs."""

    task: asyncio.Task[None]
    monitors: list[Monitor]
    stop: asyncio.Event

    @property
    def monitor(self) -> Monitor:
        return self.monitors[0]

    @property
    def bot(self) -> app.Bot:
        return cast("app.Bot", self.monitor._client)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait of the bot, and those between the library's own repeats."""
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(gateway, "IDENTIFY_PAUSE", 0.01)
    monkeypatch.setattr(gateway, "GOODBYE", 0.05)
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.02)

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / FASTER)

    faster = SimpleNamespace(**vars(asyncio) | {"sleep": sleep})
    monkeypatch.setattr("discord.http.asyncio", faster)
    monkeypatch.setattr("discord.webhook.async_.asyncio", faster)


@pytest.fixture
def soon_out_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that do not come are given up soon."""
    monkeypatch.setattr(transport, "PATIENCE", 0.7)
    monkeypatch.setattr(transport, "RESPONSE_PATIENCE", 0.7)
    monkeypatch.setattr(app, "REGISTERING", 0.7)


@pytest.fixture(autouse=True)
def no_cooldown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice may ask as fast as she likes."""
    monkeypatch.setattr(manners, "PERSON", (100_000, 1.0))
    monkeypatch.setattr(manners, "CHANNEL", (100_000, 1.0))


@pytest.fixture(autouse=True)
def spoken(caplog: pytest.LogCaptureFixture) -> None:
    """The log from INFO on, as an owner sees it."""
    caplog.set_level(logging.INFO)


@pytest.fixture
def expert() -> SampleExpert:
    return SampleExpert()


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as server:
        yield server
        assert problems(server.requests) == []


@pytest.fixture
def settings(server: LoopbackDiscord, tmp_path: Path) -> Settings:
    return Settings(SecretStr(server.token), server.api_base, server.gateway_url, tmp_path)


Live = Callable[[], AbstractAsyncContextManager[Life]]


@pytest.fixture
def live(server: LoopbackDiscord, settings: Settings, expert: SampleExpert) -> Live:
    """A bot that runs inside `async with live()`, is connected there, and must end well after it."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Life]:
        stop, monitors = asyncio.Event(), list[Monitor]()
        task = asyncio.create_task(serve(settings, expert, stop=stop, on_start=monitors.append))
        life = Life(task, monitors, stop)
        try:
            connecting = asyncio.create_task(server.gateway.until(lambda: server.gateway.connected))
            await asyncio.wait({task, connecting}, return_when=asyncio.FIRST_COMPLETED)
            connecting.cancel()
            if task.done():
                task.result()
            _lives[server] = life
            yield life
        finally:
            _lives.pop(server, None)
            stop.set()
            await asyncio.wait_for(task, 5)

    return run


_lives: dict[LoopbackDiscord, Life] = {}


async def answers_once(server: LoopbackDiscord, question: Json) -> bool:
    """Whether a question has one answer, and still has one when the bot has done with it and with another one."""
    await server.answered(question)
    after = await server.ask("stove?")
    await server.answered(after)
    if life := _lives.get(server):
        await until(lambda: not {question["id"], after["id"]} & {it.id for it in life.bot.intake.open})
    return [len(server.answers(asked)) for asked in (after, question)] == [1, 1]


async def is_well(server: LoopbackDiscord) -> bool:
    """Whether a question that is asked now gets exactly one answer."""
    await server.gateway.until(lambda: server.gateway.connected)
    return await answers_once(server, await server.ask("kettle?"))


async def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person asks here for many."""
    monkeypatch.setattr("bot.discordapp.manners.PERSON", (10_000, 1.0))
    monkeypatch.setattr("bot.discordapp.manners.CHANNEL", (10_000, 1.0))
