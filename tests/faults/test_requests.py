"""The HTTP interface at its worst: limits, errors, answers that are late, broken or missing."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.discordapp import intake
from tests.discordapp.sample import SampleExpert
from tests.faults.conftest import Live, answers_once, is_well
from tests.loopback import Faults, LoopbackDiscord, Recorded
from tests.loopback.faults import ANYTHING, BLOCKED, MESSAGES, RESPONSES
from tests.loopback.world import BOT, CHANNEL

PASSING: dict[str, Callable[[Faults, str], None]] = {
    "a rate limit": lambda faults, route: faults.limit(route, retry_after=0.02, times=2),
    "a rate limit for everything": lambda faults, route: faults.limit(route, retry_after=0.02, everywhere=True),
    "a rate limit without a time": lambda faults, route: faults.limit(route, times=2),
    "a rate limit that is a page": lambda faults, route: faults.answer(
        route, 429, page=BLOCKED, headers={"Via": "1.1 loopback"}
    ),
    "a rate limit of what stands before Discord": lambda faults, route: faults.limit(
        route, retry_after=0.02, via=False, times=2
    ),
    "blocked for a moment": lambda faults, route: faults.answer(route, 429, page=BLOCKED, times=2),
    "500": lambda faults, route: faults.answer(route, 500, times=2),
    "502 with a page": lambda faults, route: faults.answer(route, 502, page=BLOCKED),
    "503": lambda faults, route: faults.answer(route, 503, times=2),
    "a burst of 504": lambda faults, route: faults.answer(route, 504, times=3),
    "520, as Cloudflare says": lambda faults, route: faults.answer(route, 520, page=BLOCKED),
    "502 for what it did": lambda faults, route: faults.answer(route, 502, carried_out=True),
    "503 for what it did": lambda faults, route: faults.answer(route, 503, carried_out=True),
    "reset": lambda faults, route: faults.cut(route, times=2),
    "reset after it did it": lambda faults, route: faults.cut(route, carried_out=True),
    "cut in the answer": lambda faults, route: faults.cut(route, carried_out=True, in_the_answer=True),
    "cut in an error": lambda faults, route: faults.cut(route, in_the_answer=True),
    "a page in place of an answer": lambda faults, route: faults.answer(route, 200, page=BLOCKED),
}


@pytest.mark.parametrize("fault", PASSING)
async def test_a_message_is_answered_once_after(server: LoopbackDiscord, live: Live, fault: str) -> None:
    async with live():
        PASSING[fault](server.faults, MESSAGES)
        question = await server.ask("kettle?")
        assert await answers_once(server, question)
        assert len(server.said()) == 2


@pytest.mark.parametrize("fault", PASSING)
async def test_a_command_is_answered_once_after(server: LoopbackDiscord, live: Live, fault: str) -> None:
    async with live():
        PASSING[fault](server.faults, RESPONSES)
        asked = await server.slash("ask", question="kettle?", private=True)
        assert "A kettle heats water" in asked.text
        assert await is_well(server)
        # Another response would have to be a follow-up: the first can not be replaced.
        assert asked.followups == []


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_message_whose_answer_never_comes(
    soon_out_of_patience: None, server: LoopbackDiscord, live: Live, carried_out: bool
) -> None:
    async with live():
        server.faults.hang(MESSAGES, carried_out=carried_out)
        assert await answers_once(server, await server.ask("kettle?"))


async def test_a_command_whose_response_is_never_acknowledged(
    soon_out_of_patience: None, server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async with live():
        server.faults.hang(RESPONSES)
        asked = await server.slash("ask", question="kettle?")  # by then its three seconds may be over
        assert await is_well(server)
    assert f"interaction {asked.id}: no answer: nothing within 0.7 s" in caplog.text


async def test_a_global_limit_holds_everything_back(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.faults.limit(ANYTHING, retry_after=0.05, everywhere=True, times=3)
        questions = [await server.ask(text) for text in ("kettle?", "stove?", "kettle or stove?")]
        for question in questions:
            assert len(await server.answered(question)) == 1


async def test_a_picture_is_whole_the_second_time(
    server: LoopbackDiscord, live: Live, expert: SampleExpert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SampleExpert, "ask", lambda self, text, **_: expert.concept("pot"))
    async with live():
        server.faults.answer(MESSAGES, 503, times=2)
        server.faults.answer(RESPONSES, 503)
        assert await is_well(server)
        told = await server.slash("concept", name="pot")
        pressed = await server.press(told.message or {}, "हिन्दी")
        assert pressed.data["attachments"]
        sent = [request for request in server.requests if request.files]
        assert len(sent) >= 6
        for request in sent:
            with Image.open(BytesIO(*request.files.values())) as image:
                image.load()


@pytest.mark.parametrize("status", [503, 500])
async def test_a_message_that_can_not_be_answered_is_in_the_log(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    async with live() as life:
        server.faults.answer(MESSAGES, status, times=100)
        question = await server.ask("kettle?")
        await until_done(life.bot.intake)
        assert server.answers(question) == []
        assert len(server.requests) < 20, "it was tried without a bound"
        server.faults.end()
        assert await is_well(server)
        assert len(server.said()) == 2, "it was answered after it had been given up"
    assert f"message {question['id']}: no answer" in caplog.text


UNANSWERED: dict[str, tuple[Callable[[Faults], None], str]] = {
    "503": (lambda faults: faults.answer(RESPONSES, 503, times=100), "503 Service Unavailable"),
    "400": (lambda faults: faults.answer(RESPONSES, 400, times=100), "400 Bad Request"),
    "reset": (lambda faults: faults.cut(RESPONSES, times=100), ""),
}


@pytest.mark.parametrize("fault", UNANSWERED)
async def test_a_command_that_can_not_be_answered_is_in_the_log(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    plan, said = UNANSWERED[fault]
    async with live() as life:
        plan(server.faults)
        asked = await server.slash("ask", question="kettle?", wait=False)
        await until_done(life.bot.intake)
        assert len(server.requests) < 20, "it was tried without a bound"
        server.faults.end()
        assert await is_well(server)
        assert asked.callback is None
    gc.collect()  # shows exceptions that nobody has looked at
    assert re.search(rf"interaction {asked.id}: no answer: .*{said}", caplog.text)
    assert "Traceback" not in caplog.text


async def test_a_limit_longer_than_anybody_waits(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async with live() as life:
        server.faults.limit(MESSAGES, retry_after=3600)
        question = await server.ask("kettle?")
        await until_done(life.bot.intake)
        assert await is_well(server)
    assert f"message {question['id']}: no answer" in caplog.text


async def test_blocked_for_long(server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture) -> None:
    async with live() as life:
        server.faults.answer(RESPONSES, 429, page=BLOCKED, headers={"Retry-After": "3600"})
        asked = await server.slash("ask", question="kettle?", wait=False)
        await until_done(life.bot.intake)
        # It was not asked again: whoever asks on is blocked for longer.  Only the apology was sent.
        assert [request.status for request in server.requests if asked.id in request.path] == [429, 200]
    assert f"interaction {asked.id}: no answer: 429 Too Many Requests" in caplog.text
    assert "DOCTYPE" not in caplog.text


@pytest.mark.parametrize(
    ("status", "code", "said"), [(404, 10062, "answered too late"), (400, 40060, "answered before")]
)
async def test_an_interaction_that_is_over(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture, status: int, code: int, said: str
) -> None:
    async with live() as life:
        for command in ("ask", "concept"):
            server.faults.answer(RESPONSES, status, body={"message": "made to fail", "code": code})
            option = {"question" if command == "ask" else "name": "kettle"}
            asked = await server.slash(command, wait=False, **option)
            await until_done(life.bot.intake)
            assert [r.status for r in server.requests if asked.id in r.path] == [status]
            assert f"interaction {asked.id}: {'was ' * (code == 40060)}{said}" in caplog.text
        server.faults.answer(RESPONSES, status, body={"message": "made to fail", "code": code})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await server.autocomplete("concept", "name", "")
        assert "no suggestions" in caplog.text
        assert await is_well(server)
    assert "Traceback" not in caplog.text


async def test_what_the_library_gave_up_but_discord_did_is_not_done_again(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.faults.answer(MESSAGES, 500, times=5, carried_out=True)
        assert await answers_once(server, await server.ask("kettle?"))
        assert any(r.status == 200 and not r.body.get("message_reference") for r in posts(server))
        assert len(server.said()) == 2


async def test_a_message_that_is_gone_is_answered_without_a_reference(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.faults.answer(MESSAGES, 400, body={"message": "Invalid Form Body", "code": 50035})
        told = await server.say(f"<@{BOT}> kettle?")
        assert told is not None
        assert "message_reference" not in told


async def test_the_same_question_again_is_another_question(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        for _ in range(3):
            assert await is_well(server)
        marks = [request.body["nonce"] for request in posts(server)]
        assert len(set(marks)) == len(marks) == 6
        assert all(len(mark) <= 25 for mark in marks)


async def test_what_is_open_when_the_bot_is_stopped_is_answered(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.faults.limit(MESSAGES, retry_after=0.2)
        question = await server.ask("kettle?")
        await server.until(lambda: any(r.status == 429 for r in server.requests))
    assert len(server.answers(question)) == 1


async def test_what_can_not_be_finished_is_in_the_log(
    server: LoopbackDiscord, live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(intake, "FINISH", 0.05)
    async with live():
        server.faults.hang(MESSAGES)
        question = await server.ask("kettle?")
        await server.until(lambda: bool(server.requests) and server.requests[-1].status == 0)
    assert f"message {question['id']}: not answered, the bot was stopped" in caplog.text


async def until_done(questions: intake.Intake) -> Any:
    """Wait until something was asked, and nothing is open any more."""
    async with asyncio.timeout(5):
        while not questions.open:
            await asyncio.sleep(0.001)
        while questions.open:
            await asyncio.sleep(0.005)


def posts(server: LoopbackDiscord) -> list[Recorded]:
    """Messages that were to be written."""
    return [request for request in server.requests if request.path == f"/channels/{CHANNEL}/messages"]
