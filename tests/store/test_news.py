"""What one process changes, the others know within seconds."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.community.community import Community
from bot.store import Store
from bot.store.migrate import migrate
from bot.store.model import DEFAULTS, Correction, GuildSettings, Status
from tests import postgres

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
HINDI = GuildSettings(language="hi")


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Community]:
    """Another process's view of the database."""
    community = Community(Store(url, rest=0.0))
    running = asyncio.create_task(community.run())
    yield community
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await community.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


async def test_settings_and_approvals_are_seen_by_others(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.news.PAUSE", 0.05)
    async with process(postgres_url) as here, process(postgres_url) as there:
        await migrate(here.store)
        guild = 987
        await here.guilds.choose(guild, DEFAULTS, NOW)
        assert (await there.known(guild)).settings == DEFAULTS
        # Both listen from now on: whatever comes later is heard.
        await asyncio.sleep(0.3)
        assert (await there.known(guild)).settings == DEFAULTS
        await here.choose(guild, HINDI)
        await until(lambda: there.at_hand(guild).settings != DEFAULTS or not there.is_known(guild))
        assert (await there.known(guild)).settings == HINDI
        proposed = await here.contributions.propose(guild, 1, Correction(wrong="a", right="b"), entry="e", now=NOW)
        await until(lambda: not there.is_known(guild))
        assert (await there.known(guild)).corrections == ()
        await here.contributions.decide(guild, proposed.id, Status.APPROVED, by=1, revision=1, now=NOW)
        await until(lambda: not there.is_known(guild))
        assert len((await there.known(guild)).corrections) == 1
        await here.guilds.forget(guild)


async def test_after_a_break_everything_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    monkeypatch.setattr("bot.store.news.PAUSE", 0.05)
    with postgres.cluster() as url:
        async with process(url) as there:
            await migrate(there.store)
            await there.known(5)
            await asyncio.sleep(0.3)
            await there.known(5)
            assert there.is_known(5)
            await asyncio.to_thread(postgres.restart, url)
            await until(lambda: not there.is_known(5))


async def test_a_change_while_a_server_is_read_is_neither_missed_nor_an_error(store: Store) -> None:
    community = Community(store)
    await community.guilds.choose(1, DEFAULTS, NOW)
    waiting = asyncio.create_task(community.known(1))
    await asyncio.sleep(0)
    while not waiting.done():
        community.changed(1)
        await asyncio.sleep(0)
    assert (await waiting).settings == DEFAULTS
    assert not community.is_known(1), "what was read before the change is not kept"
    await community.guilds.choose(1, HINDI, NOW)
    assert (await community.known(1)).settings == HINDI
    await community.close()
