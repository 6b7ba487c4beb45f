"""More questions than the bot can carry: some are turned away, none hold up the rest."""

from __future__ import annotations

import discord
import pytest

from bot.discordapp import intake
from bot.pictures.letters import shapes_devanagari
from tests.faults.conftest import Live, is_well, until
from tests.loopback import LoopbackDiscord
from tests.loopback.faults import MESSAGES, RESPONSES
from tests.loopback.world import ALICE, BOB

OPEN = 3


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "OPEN", OPEN)
    monkeypatch.setattr(intake, "BURST", 2 * OPEN)
    monkeypatch.setattr(intake, "PROMPT", 0.0)
    monkeypatch.setattr(intake, "APOLOGIES", OPEN)
    monkeypatch.setattr(intake, "FINISH", 0.05)


async def test_messages_beyond_the_bound_are_turned_away_and_logged(
    soon_out_of_patience: None, server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async with live() as life:
        server.faults.hang(MESSAGES)
        questions = [await server.ask("kettle?") for _ in range(OPEN + 2)]
        await until(lambda: caplog.text.count("not taken, the bot is busy") == 2)
        assert len(life.bot.intake.open) == OPEN
        # Commands have their own places, so that a flood of messages does not stop them.
        assert (await server.slash("ask", question="kettle?")).text
        for question in questions[:OPEN]:
            assert len(await server.answered(question)) == 1
        await until(lambda: not life.bot.intake.open)
        assert await is_well(server)
        for question in questions[OPEN:]:
            assert server.answers(question) == []
            assert f"message {question['id']}: not taken" in caplog.text


@pytest.mark.parametrize(("locale", "said"), [("en-US", "Too many questions at once"), ("hi", "बहुत सारे सवाल")])
async def test_commands_beyond_the_bound_are_told_so(
    server: LoopbackDiscord, live: Live, locale: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with live() as life:
        server.faults.hang(RESPONSES, times=OPEN)
        for _ in range(OPEN):
            await server.slash("ask", question="kettle?", wait=False)
        await server.until(lambda: sum(r.status == 0 for r in server.requests) == OPEN)
        sorry = await server.slash("ask", question="kettle?", locale=locale)
        assert said in sorry.text
        assert sorry.ephemeral
        assert f"interaction {sorry.id}: not taken" in caplog.text
        assert len(life.bot.intake.open) == OPEN


@pytest.mark.skipif(not shapes_devanagari(), reason="the system has no FriBiDi library")
async def test_while_many_wait_nothing_new_is_drawn(
    server: LoopbackDiscord, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with live() as life:
        await server.slash("concept", name="pot")
        assert server.requests[-1].files
        monkeypatch.setattr(intake, "CALM", 0)
        await until(lambda: not life.bot.intake.busy)
        await server.slash("concept", name="stove")
        assert not server.requests[-1].files, "it was drawn although others wait"
        await server.slash("concept", name="pot")
        assert server.requests[-1].files, "what is there already is shown"
        monkeypatch.setattr(intake, "CALM", 10)
        await server.slash("concept", name="stove")
        assert server.requests[-1].files


async def test_a_burst_is_taken_as_long_as_nobody_waits_long(
    server: LoopbackDiscord, live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(intake, "PROMPT", 60.0)
    async with live() as life:
        server.faults.hang(RESPONSES, times=2 * OPEN)
        for _ in range(2 * OPEN + 1):
            await server.slash("ask", question="kettle?", wait=False)
        await until(lambda: caplog.text.count("not taken, the bot is busy") == 1)
        assert len(life.bot.intake.open) == 2 * OPEN


async def test_the_apologies_are_bounded_too(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async with live():
        server.faults.hang(RESPONSES, times=1000)
        for _ in range(3 * OPEN):
            await server.slash("ask", question="kettle?", wait=False)
        await until(lambda: caplog.text.count("not taken, the bot is busy") == 2 * OPEN)
        await server.until(lambda: callbacks(server) == 2 * OPEN)
        assert await is_well(server)
        assert callbacks(server) == 2 * OPEN


async def test_what_is_not_for_the_bot_takes_no_place(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[discord.Message] = []

    async def hear(message: discord.Message) -> None:
        heard.append(message)

    async with live() as life:
        life.bot.add_listener(hear, "on_message")
        for _ in range(50):
            await server.say("so she said", user=BOB, wait=False)
            await server.say(f"<@{ALICE}> so he said", user=BOB, wait=False)
        assert await is_well(server)
        assert len(heard) == 2, "what Discord does not show was looked at"
        await until(lambda: not life.bot.intake.open)
    assert "not taken" not in caplog.text


def callbacks(server: LoopbackDiscord) -> int:
    """Responses that were begun."""
    return sum("/callback" in request.path for request in server.requests)
