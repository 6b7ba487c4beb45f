"""SIGTERM: what was begun is finished, what was counted is written, and it never takes longer than it may."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.community.community import WAITING, Community
from bot.core.reply import Outcome, Reply
from bot.store import Store, StoreUnavailable
from bot.store.model import Asked
from tests.discordapp.test_process import ROOT, bot_process, connected
from tests.loopback import LoopbackDiscord
from tests.loopback.faults import MESSAGES, RESPONSES
from tests.loopback.world import GUILD

ANSWER = Reply(text="?", language="en", reply_language="en", outcome=Outcome.ANSWER, entry="e")
PROMISED = 10.0
"""Seconds after which a container is killed; docs/OPERATIONS.md promises less."""


def counted(directory: Path) -> int:
    """The questions that the database knows of."""
    with sqlite3.connect(directory / "data" / "community.sqlite3") as connection:
        count: int = connection.execute("SELECT coalesce(sum(count), 0) FROM counts").fetchone()[0]
    return count


async def test_what_was_begun_is_finished_and_what_was_counted_is_written(tmp_path: Path) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, server.token) as process:
        await connected(server, process)
        asked = await server.ask("what is kvm?")
        await server.answered(asked)
        messages, responses = server.faults.hold(MESSAGES), server.faults.hold(RESPONSES)
        late = await server.ask("what is xen?")
        command = await server.slash("ask", question="what is qemu?", wait=False)
        await messages.reached.wait()
        await responses.reached.wait()
        assert counted(tmp_path) < 3, "nothing is left to be written at the end"
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert process.returncode is None, "it went in the middle of an answer"
        refused = await server.ask("what is libvirt?")
        await asyncio.sleep(0.1)
        messages.opened.set()
        responses.opened.set()
        assert await asyncio.wait_for(process.wait(), PROMISED) == 0
        assert len(server.answers(late)) == 1
        assert command.callback is not None
        assert server.answers(refused) == []
    assert counted(tmp_path) == 3


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="waits for all that can be waited for: make soak")
async def test_with_everything_against_it_it_ends_in_time(tmp_path: Path) -> None:
    async with LoopbackDiscord() as server, bot_process(server, tmp_path, server.token) as process:
        await connected(server, process)
        await server.answered(await server.ask("what is kvm?"))
        lock = sqlite3.connect(tmp_path / "data" / "community.sqlite3", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        held = server.faults.hold(MESSAGES)
        question = await server.ask("what is xen?")
        await held.reached.wait()
        server.gateway.go_silent()
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), PROMISED)
        lock.close()
    assert process.returncode == 0
    assert f"message {question['id']}: not answered, the bot was stopped" in errors.decode()
    assert b"Traceback" not in errors


BUSY = """
import asyncio, threading
from bot.reload import aside

async def main():
    working = asyncio.create_task(aside(threading.Event().wait))
    assert await aside(lambda: 6 * 7) == 42
    try:
        await aside(lambda: 1 / 0)
    except ZeroDivisionError:
        print("well", flush=True)

asyncio.run(main())
"""


def test_the_end_does_not_wait_for_a_reload() -> None:
    done = subprocess.run([sys.executable, "-c", BUSY], cwd=ROOT, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, b"well"), done.stderr


async def test_closing_waits_for_what_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    community = Community(Store.in_directory(tmp_path))
    await community.prepare()
    writing, go_on = asyncio.Event(), asyncio.Event()
    really = community.tallies.add

    async def add(*given: object) -> None:
        writing.set()
        await go_on.wait()
        await really(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(community.tallies, "add", add)
    community.record(int(GUILD), ANSWER)
    first = asyncio.create_task(community.flush())
    await writing.wait()
    closing = asyncio.create_task(community.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    go_on.set()
    await asyncio.gather(first, closing)
    with sqlite3.connect(tmp_path / "community.sqlite3") as connection:
        assert connection.execute("SELECT sum(count) FROM counts").fetchone() == (1,)


async def test_what_is_cut_off_while_it_is_written_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    community = Community(Store.in_directory(tmp_path))

    async def add(*_given: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(community.tallies, "add", add)
    community.record(1, ANSWER)
    writing = asyncio.create_task(community.flush())
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert community.waiting == 1
    await community.store.close()


async def test_what_waits_for_the_database_is_bounded_however_long_it_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    community = Community(Store.nowhere())
    guilds = iter(range(1, 10**9))

    async def add(*_given: object) -> None:
        for _ in range(WAITING // 2):  # while it is tried, people go on asking
            community.record(next(guilds), ANSWER)
        raise StoreUnavailable("away")

    monkeypatch.setattr(community.tallies, "add", add)
    community.record(next(guilds), ANSWER)
    for _ in range(10):
        await community.flush()
    assert community.waiting == WAITING
    first = Asked(1, community.clock().date(), "e", "answer", "en")
    before = community._asked[first]
    community.record(1, ANSWER)
    assert community._asked[first] == before + 1, "what is known is counted on"
    await community.store.close()
