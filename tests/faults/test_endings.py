"""What nobody can mend by waiting ends the bot with one sentence; everything else does not end it."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.discordapp import CannotStart, app, serve
from tests.discordapp.sample import SampleExpert
from tests.discordapp.test_end_to_end import Settings
from tests.discordapp.test_process import ROOT, bot_process, connected
from tests.faults.conftest import Live, is_well
from tests.loopback import Faults, LoopbackDiscord
from tests.loopback.faults import ANYTHING, BLOCKED, COMMANDS, LOGIN, MESSAGES

# Refused for good


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (4004, r"does not accept the token any more.*developer portal.*DISCORD_TOKEN"),
        (4014, r"refuses an intent.*developer portal.*READ_MESSAGES=false"),
        (4013, r"closed the connection for good \(code 4013\)"),
    ],
)
async def test_closed_for_good(server: LoopbackDiscord, live: Live, code: int, said: str) -> None:
    with pytest.raises(CannotStart, match=said):  # noqa: PT012 - it is raised where the bot's life is
        async with live() as life:
            await server.gateway.close(code)
            await asyncio.wait_for(asyncio.shield(life.task), 5)
    assert server.gateway.connections == 1


@pytest.mark.parametrize("code", [4004, 4014])
async def test_refused_at_the_first_connection(
    server: LoopbackDiscord, settings: Settings, expert: SampleExpert, code: int
) -> None:
    server.faults.close("after IDENTIFY", code)
    with pytest.raises(CannotStart):
        await asyncio.wait_for(serve(settings, expert), 5)


async def test_a_token_that_the_http_interface_refuses(server: LoopbackDiscord, live: Live) -> None:
    server.faults.answer(MESSAGES, 401, times=100)
    with pytest.raises(CannotStart, match="does not accept the token any more"):  # noqa: PT012
        async with live() as life:
            server.faults.answer(LOGIN, 401)  # it is asked again before that is believed
            await server.ask("kettle?")
            await asyncio.wait_for(asyncio.shield(life.task), 5)


async def test_one_401_alone_ends_nothing(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.faults.answer(MESSAGES, 401)
        assert await is_well(server)
        assert [r.status for r in server.requests if r.path == "/users/@me"][-1] == 200


# The login

NO_LOGIN: dict[str, tuple[Callable[[Faults], None], str]] = {
    "blocked": (lambda faults: faults.answer(LOGIN, 429, page=BLOCKED), r"login with an error \(429\): 429 Too Many"),
    "503": (lambda faults: faults.answer(LOGIN, 503), "error.*503"),
    "a limit without a time": (lambda faults: faults.limit(LOGIN), "is not Discord: KeyError 'retry_after'"),
    "a limit of an hour": (lambda faults: faults.limit(LOGIN, retry_after=3600), "wait 3600 seconds"),
    "a page": (lambda faults: faults.answer(LOGIN, 200, page=BLOCKED), "is not Discord"),
    "half an answer": (lambda faults: faults.cut(LOGIN, in_the_answer=True), "can not be reached"),
    "reset": (lambda faults: faults.cut(LOGIN, times=10), "can not be reached"),
    "silence": (lambda faults: faults.hang(LOGIN), "can not be reached"),
    "something else": (lambda faults: faults.answer(LOGIN, 200, body={"hello": "there"}), "is not Discord"),
}


@pytest.mark.parametrize("fault", NO_LOGIN)
async def test_no_login_is_one_sentence(
    soon_out_of_patience: None, server: LoopbackDiscord, settings: Settings, expert: SampleExpert, fault: str
) -> None:
    plan, said = NO_LOGIN[fault]
    plan(server.faults)
    with pytest.raises(CannotStart, match=said) as raised:
        await asyncio.wait_for(serve(settings, expert), 5)
    assert "\n" not in str(raised.value)
    assert "DOCTYPE" not in str(raised.value)
    assert len(str(raised.value)) < 300


# The commands

NO_COMMANDS: dict[str, Callable[[Faults], None]] = {
    "403": lambda faults: faults.answer(COMMANDS, 403, body={"message": "Missing Access", "code": 50001}),
    "400": lambda faults: faults.answer(COMMANDS, 400, body={"message": "Invalid Form Body", "code": 50035}),
    "too many today": lambda faults: faults.limit(COMMANDS, retry_after=3600),
    "a limit without a time": lambda faults: faults.limit(COMMANDS, times=1000),
    "blocked": lambda faults: faults.answer(COMMANDS, 429, page=BLOCKED, times=1000),
    "503": lambda faults: faults.answer(COMMANDS, 503, times=1000),
    "reset": lambda faults: faults.cut(COMMANDS, times=1000),
    "silence": lambda faults: faults.hang(COMMANDS, times=1000),
    "a page": lambda faults: faults.answer(COMMANDS, 200, page=BLOCKED, times=1000),
    "something else": lambda faults: faults.answer(COMMANDS, 200, body={"hello": "there"}, times=1000),
}


@pytest.mark.parametrize("fault", NO_COMMANDS)
async def test_a_bot_without_its_commands_answers(
    soon_out_of_patience: None, server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    NO_COMMANDS[fault](server.faults)
    async with live():
        assert await is_well(server)
    assert "slash commands could not be registered: " in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_registration_that_takes_too_long_is_given_up(
    server: LoopbackDiscord, live: Live, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "REGISTERING", 0.2)
    server.faults.limit(COMMANDS, retry_after=59, times=1000)
    async with live():
        assert await is_well(server)
    assert "slash commands could not be registered: TimeoutError" in caplog.text


async def test_commands_are_registered_after_a_hiccup(server: LoopbackDiscord, live: Live) -> None:
    server.faults.answer(COMMANDS, 503, times=2)
    async with live():
        assert server.commands["global"]


# The process


@pytest.fixture
def small_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base that is read at once."""
    monkeypatch.setenv("KNOWLEDGE_DIR", str(ROOT / "tests" / "bases" / "coffee"))


async def revoke_by_closing(server: LoopbackDiscord) -> None:
    await server.gateway.close(4004)


async def revoke_by_refusing(server: LoopbackDiscord) -> None:
    server.faults.answer(ANYTHING, 401, times=1000)
    await server.ask("espresso?")


async def refuse_an_intent(server: LoopbackDiscord) -> None:
    await server.gateway.close(4014)


@pytest.mark.parametrize("fault", [revoke_by_closing, revoke_by_refusing, refuse_an_intent])
async def test_the_process_ends_with_one_sentence(
    tmp_path: Path, small_base: None, fault: Callable[[LoopbackDiscord], asyncio.Future[None]]
) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, server.token) as process:
        await connected(server, process)
        await fault(server)
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert "Traceback" not in errors.decode()
    said = [line for line in errors.decode().splitlines() if not re.match(r"\d{4}-\d\d-\d\d ", line)]
    assert len(said) == 1, errors.decode()
    assert "developer portal" in said[0]


async def test_the_process_lives_through_a_bad_day(tmp_path: Path, small_base: None) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, server.token) as process:
        server.faults.drop("before HELLO")
        await connected(server, process)
        await server.gateway.send("{")
        server.faults.drop("in mid-frame")
        server.faults.answer(MESSAGES, 503)
        server.faults.cut(MESSAGES, carried_out=True)
        question = await server.ask("espresso?")
        assert len(await server.answered(question)) == 1
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert len(server.said()) == 1
    assert "Traceback" not in errors.decode()
