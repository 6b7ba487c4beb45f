"""The real client over a real websocket and real HTTP, from login to a connection that breaks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.core.expert import LanguageChoice
from bot.discordapp import CannotStart, Monitor, serve, sync_commands
from bot.discordapp.sync import STATE_FILE
from tests.discordapp.description import problems
from tests.discordapp.sample import SampleExpert
from tests.loopback import LoopbackDiscord
from tests.loopback.gateway import HEARTBEAT, IDENTIFY, RESUME
from tests.loopback.server import texts
from tests.loopback.world import BOB, BOT, DM, GUILD, MODERATOR, OTHER_BOT


@dataclass(frozen=True)
class Settings:
    """What the Discord side reads of the settings."""

    discord_token: SecretStr | None
    discord_api_base: str
    discord_gateway_url: str
    data_dir: Path
    reply_language: LanguageChoice = "auto"
    read_messages: bool = False


def settings(server: LoopbackDiscord, data_dir: Path, token: str | None = None) -> Settings:
    """Settings that point at the loopback server."""
    return Settings(SecretStr(token or server.token), server.api_base, server.gateway_url, data_dir)


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as server:
        yield server
        assert problems(server.requests) == []


Live = Callable[[], AbstractAsyncContextManager[Monitor]]


@pytest.fixture
def live(server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert) -> Live:
    """A bot that runs inside `async with live()` and must end well after it."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Monitor]:
        stop, monitors = asyncio.Event(), list[Monitor]()
        life = asyncio.create_task(serve(settings(server, tmp_path), expert, stop=stop, on_start=monitors.append))
        try:
            before = server.gateway.count(IDENTIFY)
            await server.gateway.until(
                lambda: life.done() or (server.gateway.connected and server.gateway.count(IDENTIFY) > before)
            )
            yield monitors[0]
        finally:
            stop.set()
            await asyncio.wait_for(life, 5)

    return run


async def test_one_life_of_the_bot(server: LoopbackDiscord, live: Live) -> None:
    async with live() as monitor:
        assert {command["name"] for command in server.commands["global"]} >= {"ask", "compare", "Answer this"}

        compared = await server.slash("compare", first="kettle", second="stove")
        assert "One boils" in compared.text
        assert not compared.ephemeral

        told = await server.say(f"<@{BOT}> केतली और स्टोव में क्या अंतर है?")
        assert told is not None
        assert "फ़ोर्क" in texts(told)
        assert "केतली सिर्फ़ पानी गरम करती है" in texts(told)
        assert told["message_reference"]["message_id"]

        choices = await server.autocomplete("concept", "name", "")
        assert [choice["value"] for choice in choices] == ["kettle", "stove", "pot"]

        in_english = await server.press(told, "English")
        assert in_english.callback is not None
        assert in_english.callback["type"] == 7
        assert "A kettle heats water" in in_english.text

        await server.gateway.drop()
        await server.gateway.until(lambda: server.gateway.count(RESUME) == 1 and server.gateway.connected)
        after = await server.say("केतली", channel=DM)
        assert after is not None
        assert "केतली" in texts(after)
        assert server.gateway.count(IDENTIFY) == 1
    assert not monitor.status().healthy


async def test_what_people_said_during_the_break_is_answered(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        await server.gateway.drop()
        told = await server.say(f"<@{BOT}> kettle?")
        assert told is not None
        assert "A kettle heats water" in texts(told)
        assert server.gateway.count(RESUME) == 1


async def test_a_session_that_discord_forgot_begins_anew(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.gateway.forget()
        await server.gateway.ask_to_reconnect()
        await server.gateway.until(lambda: server.gateway.count(IDENTIFY) == 2 and server.gateway.connected)
        assert (await server.slash("concept", name="kettle")).text
        # The same commands are not registered a second time.
        assert sum(1 for request in server.requests if request.method == "PUT") == 1


async def test_commands_are_registered_only_when_they_changed(
    server: LoopbackDiscord, live: Live, tmp_path: Path
) -> None:
    for starts, registered in ((1, 1), (2, 1), (3, 2)):
        if starts == 3:
            state = tmp_path / STATE_FILE
            state.write_text(state.read_text().replace("0", "1").replace("a", "b"))
        async with live():
            assert sum(1 for request in server.requests if request.method == "PUT") == registered


async def test_a_bot_whose_commands_are_refused_still_answers(server: LoopbackDiscord, live: Live) -> None:
    server.fail_next("/commands$", 403, body={"message": "Missing Access", "code": 50001})
    async with live():
        told = await server.say(f"<@{BOT}> kettle?")
        assert told is not None
        assert "A kettle heats water" in texts(told)


async def test_a_rate_limit_is_waited_for(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        server.fail_next("/channels/.*/messages$", 429, retry_after=0.05)
        told = await server.say(f"<@{BOT}> kettle?")
        assert told is not None
        assert [r.status for r in server.requests if r.path.endswith("/messages")] == [429, 200]


async def test_only_the_asker_and_moderators_delete(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        told = await server.say(f"<@{BOT}> kettle?")
        assert told is not None
        refused = await server.press(told, "d:", user=BOB)
        assert refused.ephemeral
        assert "Only the person who asked" in refused.text
        assert (await server.press(told, "d:", user=MODERATOR)).deleted


async def test_other_bots_and_other_talk_are_left_alone(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        await server.say(f"<@{BOT}> kettle?", user=OTHER_BOT, wait=False)
        await server.say("kettle?", user=BOB, wait=False)
        await server.say(f"<@{BOT}> stove?", user=BOB)
        assert sum(1 for request in server.requests if request.path.endswith("/messages")) == 1


async def test_menu_in_hindi(server: LoopbackDiscord, live: Live) -> None:
    async with live():
        names = {c["name"]: c["name_localizations"]["hi"] for c in server.commands["global"]}
        assert names["Answer this"] == "इसका जवाब दें"
        await server.say("केतली?", user=BOB, wait=False)
        answered = await server.menu("Answer this", list(server.messages.values())[-1], locale="hi")
        assert "केतली सिर्फ़ पानी" in answered.text


async def test_health_follows_the_connection(server: LoopbackDiscord, live: Live) -> None:
    async with live() as monitor:
        await server.gateway.until(lambda: server.gateway.count(HEARTBEAT) > 0)
        assert monitor.status().connected
        await wait_for(lambda: monitor.status().healthy)
        status = monitor.status()
        assert status.ready
        assert status.guilds == 1
        assert status.loop_lag < 1
        assert status.since_ack is not None
        assert status.since_ack < 5
        await server.stop()
        await wait_for(lambda: not monitor.status().healthy)


async def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("start", [serve, sync_commands])
async def test_a_wrong_token_is_one_sentence(
    server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert, start: Callable[..., object]
) -> None:
    wrong = settings(server, tmp_path, token="wrong-secret")
    with pytest.raises(CannotStart, match="does not accept the token") as raised:
        await start(wrong, expert)  # type: ignore[misc]
    assert "wrong-secret" not in str(raised.value)
    assert [request.status for request in server.requests] == [401]


async def test_no_token_is_one_sentence(server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert) -> None:
    none = Settings(None, server.api_base, server.gateway_url, tmp_path)
    with pytest.raises(CannotStart, match="DISCORD_TOKEN"):
        await serve(none, expert)


async def test_no_network_is_one_sentence(server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        nowhere = f"127.0.0.1:{taken.getsockname()[1]}"
        away = Settings(SecretStr("t"), f"http://{nowhere}/api/v10", f"ws://{nowhere}", tmp_path)
        with pytest.raises(CannotStart, match="can not be reached"):
            await serve(away, expert)


async def test_a_token_that_is_taken_back_ends_the_bot(
    server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert
) -> None:
    life = asyncio.create_task(serve(settings(server, tmp_path), expert))
    await server.gateway.until(lambda: server.gateway.connected)
    await server.gateway.close(4004)
    with pytest.raises(CannotStart, match="any more"):
        await asyncio.wait_for(life, 5)


async def test_cancelling_ends_the_bot(server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert) -> None:
    life = asyncio.create_task(serve(settings(server, tmp_path), expert))
    await server.gateway.until(lambda: server.gateway.connected)
    life.cancel()
    with pytest.raises(asyncio.CancelledError):
        await life
    await wait_for(lambda: not server.gateway.connected)


async def test_sync_for_everybody_and_for_one_server(
    server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert
) -> None:
    assert "everywhere" in await sync_commands(settings(server, tmp_path), expert)
    assert GUILD in await sync_commands(settings(server, tmp_path), expert, int(GUILD))
    names = {command["name"] for command in server.commands["global"]}
    assert names == {command["name"] for command in server.commands[GUILD]}
    assert {"ask", "Answer this", "settings"} <= names
    assert server.gateway.count(IDENTIFY) == 0


async def test_commands_that_discord_refuses_are_one_sentence(
    server: LoopbackDiscord, tmp_path: Path, expert: SampleExpert
) -> None:
    server.fail_next("/commands$", 403, body={"message": "Missing Access", "code": 50001})
    with pytest.raises(CannotStart, match="did not take the commands"):
        await sync_commands(settings(server, tmp_path), expert)
