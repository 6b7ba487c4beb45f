"""The bot as its owner starts it: the unmodified process with the real base, seen from Discord's side."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.discordapp.description import problems
from tests.loopback import LoopbackDiscord
from tests.loopback.gateway import RESUME
from tests.loopback.server import texts
from tests.loopback.world import BOT, DM

ROOT = Path(__file__).parents[2]
OLD_QUESTION = (
    "मुझे पता है कि क्यूईएमयू का उपयोग ज़ेन द्वारा किया जाता है, और केवीएम क्यूईएमयू का कांटा है।ज़ेन, क्यूईएमयू और केवीएम के बीच क्या अंतर है?"
)
"""What a machine once made of the question that the base began with; its mistakes belong to it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def bot_process(
    server: LoopbackDiscord, directory: Path, token: str, *, prefix: Sequence[str] = ()
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot run` in an empty directory, pointed at the loopback server by its settings alone.

    `prefix` is a command that runs it.
    """
    settings = {
        "DISCORD_TOKEN": token,
        "DISCORD_API_BASE": server.api_base,
        "DISCORD_GATEWAY_URL": server.gateway_url,
        "DATA_DIR": str(directory / "data"),
        "WEB_PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
    } | {name: os.environ[name] for name in ("KNOWLEDGE_DIR",) if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(*prefix, sys.executable, "-m", "bot", "run"),
        cwd=directory,
        env={"PATH": os.environ["PATH"], "HOME": str(directory)} | settings,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def connected(server: LoopbackDiscord, process: asyncio.subprocess.Process) -> None:
    """Wait for the bot; if it ends instead, its own words are the failure."""
    waiting = asyncio.create_task(server.gateway.until(lambda: server.gateway.connected, 20))
    ended = asyncio.create_task(process.wait())
    await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not waiting.done():
        waiting.cancel()
        _, errors = await process.communicate()
        raise AssertionError(errors.decode())
    await waiting


async def test_a_newcomers_first_minutes(tmp_path: Path) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, server.token) as process:
        await connected(server, process)

        compared = await server.slash("compare", first="xen", second="kvm")
        assert re.search("Xen", compared.text)
        assert re.search("KVM", compared.text)

        told = await server.say(f"<@{BOT}> ज़ेन और केवीएम में क्या अंतर है?")
        assert told is not None
        assert re.search("KVM", texts(told))

        choices = await server.autocomplete("concept", "name", "")
        assert 1 <= len(choices) <= 25
        assert any("kvm" in c["value"] for c in await server.autocomplete("compare", "first", "kvm"))
        explained = await server.slash("concept", name=choices[0]["value"])
        assert explained.callback is not None
        assert explained.callback["type"] == 4
        assert [name for name in server.requests[-1].files if name.startswith("concept-")]

        switched = await server.press(told, "English")
        assert re.search("Sources", switched.text)

        await server.gateway.drop()
        await server.gateway.until(lambda: server.gateway.count(RESUME) == 1 and server.gateway.connected)
        declined = await server.say("who will win the world cup?", channel=DM)
        assert declined is not None

        assert problems(server.requests) == []
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_question_that_it_all_began_with(tmp_path: Path) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, server.token) as process:
        await connected(server, process)
        told = await server.say(f"<@{BOT}> {OLD_QUESTION}")
        assert told is not None
        text = texts(told)
        assert "फ़ोर्क" in text
        assert all(name in text for name in ("QEMU", "KVM", "Xen"))
        assert re.search("paravirt-ops|pv_ops", text)


async def test_a_wrong_token_ends_with_a_sentence(tmp_path: Path) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, "wrong-secret") as process:
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert b"does not accept the token" in errors
    assert b"Traceback" not in errors
    assert b"wrong-secret" not in errors
