"""The small parts: what is remembered, what is registered, and how the bot says that it is well."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from bot.discordapp import sync
from bot.discordapp.app import Bot
from bot.discordapp.recent import Recent
from bot.discordapp.status import Monitor
from tests.discordapp.sample import SampleExpert


class Clock:
    """Time that passes when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_recent_forgets_what_is_old() -> None:
    clock = Clock()
    recent = Recent[str](seconds=10, clock=clock)
    recent.put("a", "one")
    clock.now = 10
    assert recent.get("a") == "one"
    clock.now = 11
    assert recent.get("a") is None
    recent.put("b", "two")
    assert len(recent) == 1


def test_recent_keeps_a_bounded_number() -> None:
    recent = Recent[int](capacity=3, clock=Clock())
    for number in range(10):
        recent.put(number, number)
    assert [recent.get(n) for n in (6, 7, 9)] == [None, 7, 9]
    assert len(recent) == 3


async def test_the_fingerprint_is_that_of_the_payload(expert: SampleExpert) -> None:
    first, second = Bot(expert), Bot(expert)
    await first.load()
    await second.load()
    assert await sync.fingerprint(first.tree) == await sync.fingerprint(second.tree)
    second.tree.remove_command("help")
    assert await sync.fingerprint(first.tree) != await sync.fingerprint(second.tree)


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"a": 1}', "\x00"])
def test_a_broken_state_file_is_no_reason_to_stop(tmp_path: Path, broken: str) -> None:
    (tmp_path / sync.STATE_FILE).write_text(broken)
    assert sync._recall(tmp_path) == {}
    sync._remember(tmp_path, "scope", "hash")
    assert json.loads((tmp_path / sync.STATE_FILE).read_text()) == {"scope": "hash"}
    assert [path.name for path in tmp_path.iterdir()] == [sync.STATE_FILE]


def test_a_directory_that_can_not_be_written_is_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    sync._remember(tmp_path / "file", "scope", "hash")
    assert "registered at each start" in caplog.text


async def test_a_bot_that_never_connected_is_not_well(expert: SampleExpert) -> None:
    status = Bot(expert).monitor.status()
    assert not status.ready
    assert not status.connected
    assert not status.healthy
    assert status.latency is None
    assert status.since_ack is None


async def test_the_monitor_sees_a_loop_that_hangs(expert: SampleExpert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.discordapp.status.TICK", 0.01)
    monitor = Monitor(Bot(expert))
    watching = asyncio.create_task(monitor.run())
    await asyncio.sleep(0.05)
    calm = monitor.status().loop_lag
    time.sleep(0.2)
    assert monitor.status().loop_lag > 0.15 > calm
    watching.cancel()
