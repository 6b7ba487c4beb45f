"""Three real processes, one real PostgreSQL, six shards."""

from __future__ import annotations

import asyncio
import datetime
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from bot.community.community import Community
from bot.discordapp import shards
from bot.discordapp.shards import Carrier, wait_for_slot
from bot.division import Division
from bot.store import Store
from bot.store.migrate import migrate
from bot.store.model import GuildSettings
from tests import postgres
from tests.discordapp.test_process import ROOT, free_port
from tests.loopback.server import texts
from tests.loopback.world import GUILD
from tests.shards.fleet import Fleet

COFFEE = ROOT / "tests" / "bases" / "coffee"
QUICK = """
import sys
import bot.discordapp.shards as shards
from bot.cli import main
shards.BEAT, shards.LEASE, shards.SLOT = 0.2, 2.0, 0.6
sys.exit(main(["run"]))
"""
"""The real program with shorter waits."""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as url:
        yield url


@asynccontextmanager
async def process(fleet: Fleet, directory: Path, url: str, most: int) -> AsyncIterator[asyncio.subprocess.Process]:
    directory.mkdir()
    settings = {
        "DISCORD_TOKEN": fleet.token,
        "DISCORD_API_BASE": fleet.api_base,
        "DISCORD_GATEWAY_URL": fleet.gateway_url,
        "DATABASE_URL": url,
        "DATA_DIR": str(directory),
        "KNOWLEDGE_DIR": str(COFFEE),
        "WEB_PORT": str(free_port()),
        "SHARD_COUNT": str(fleet.count),
        "SHARDS_MOST": str(most),
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
    }
    with (directory / "log").open("wb") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", QUICK),
            cwd=directory,
            env={"PATH": os.environ["PATH"], "HOME": str(directory)} | settings,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def until(true: Callable[[], object], why: Callable[[], object], seconds: float = 30) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(why()) from None


async def test_shards_are_divided_taken_over_and_answer_once(database: str, tmp_path: Path) -> None:
    store = Store(database)
    await migrate(store)
    async with Fleet(6) as fleet, AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(process(fleet, tmp_path / str(n), database, most))
            for n, most in enumerate((3, 3, 3))
        ]

        def logs() -> str:
            return "\n".join((tmp_path / str(n) / "log").read_text() for n in range(3))

        await until(lambda: fleet.alive() == set(range(6)), logs)
        begun = Counter(number for _, number, _ in fleet.identified)
        assert begun == dict.fromkeys(range(6), 1), "each shard is carried once"
        apart = [later[0] - earlier[0] for earlier, later in pairwise(fleet.identified)]
        # A busy machine holds one up now and then; without slots all would begin at once.
        assert sum(gap > 0.3 for gap in apart) >= 4, apart
        assert sum(apart) > 2.4, apart

        asked = await fleet.ask("what is espresso?")
        await until(lambda: fleet.answers(asked), logs)
        await asyncio.sleep(0.3)
        assert len(fleet.answers(asked)) == 1

        # What is chosen anywhere holds everywhere, within seconds.
        community = Community(store)
        await community.choose(int(GUILD), GuildSettings(language="hi"))

        async def in_hindi() -> bool:
            question = await fleet.ask("what is espresso?")
            await until(lambda: fleet.answers(question), logs)
            return "एस्प्रेसो" in texts(fleet.answers(question)[0])

        async with asyncio.timeout(10):
            while not await in_hindi():
                await asyncio.sleep(0.2)

        # Whoever carries the server's shard dies without a word.
        async with store.reading() as connection:
            rows = await connection.exec_driver_sql("SELECT name, owner FROM leases")
            owners = {row.name: row.owner for row in rows}
        victim = next(p for p in started if f":{p.pid}:" in owners[f"shard {fleet.home}/6"])
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        await until(lambda: fleet.alive() != set(range(6)), logs)
        await until(lambda: fleet.alive() == set(range(6)), logs)
        asked = await fleet.ask("what is espresso?")
        await until(lambda: fleet.answers(asked), logs)

        # One that is stopped gives its shards back at once.
        stopped, last = [p for p in started if p is not victim]
        stopped.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(stopped.wait(), 10) == 0, logs()
        await until(lambda: len(fleet.alive()) == 3, logs)
        assert last.returncode is None
    await store.close()


async def test_a_process_that_lost_a_shard_lets_go_of_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "BEAT", 0.05)
    store = Store(database)
    await migrate(store)
    community = Community(store)
    ended: list[int] = []

    async def carry(shard: int, stop: asyncio.Event) -> None:
        await stop.wait()
        ended.append(shard)

    stop = asyncio.Event()
    carrier = Carrier(Division.of(9), community, carry)
    running = asyncio.create_task(carrier.run(stop))
    await until(lambda: carrier.carried == tuple(range(9)), lambda: carrier.carried)
    now = community.clock()
    async with store.writing() as connection:
        await connection.exec_driver_sql("UPDATE leases SET owner = 'another' WHERE name = 'shard 4/9'")
    await until(lambda: 4 not in carrier.carried, lambda: carrier.carried)
    assert ended == [4]
    stop.set()
    await running
    assert sorted(ended) == list(range(9))
    assert await community.leases.take("shard 0/9", "next", now + datetime.timedelta(seconds=9), now)
    assert not await community.leases.take("shard 4/9", "next", now + datetime.timedelta(seconds=9), now)
    await store.close()


async def test_what_runs_goes_on_while_the_database_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "BEAT", 0.05)
    store = Store(f"sqlite:///{tmp_path / 'db'}", rest=0.0)
    await migrate(store)
    community = Community(store)
    ended: list[int] = []

    async def carry(shard: int, stop: asyncio.Event) -> None:
        await stop.wait()
        ended.append(shard)

    stop = asyncio.Event()
    carrier = Carrier(Division.of(2), community, carry)
    running = asyncio.create_task(carrier.run(stop))
    await until(lambda: len(carrier.carried) == 2, lambda: carrier.carried)
    async with store.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE leases RENAME TO gone")
    failures = store.failures
    await until(lambda: store.failures > failures + 2, lambda: store.failures)
    assert carrier.carried == (0, 1)
    assert ended == []
    stop.set()
    await running
    await store.close()


async def test_what_ends_a_shard_for_good_ends_the_process(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'db'}")
    await migrate(store)

    async def carry(shard: int, _stop: asyncio.Event) -> None:
        raise RuntimeError(f"the token is wrong, says shard {shard}")

    with pytest.raises(RuntimeError, match="the token is wrong"):
        await Carrier(Division.of(3), Community(store), carry).run(asyncio.Event())
    await store.close()


async def test_without_a_database_sessions_still_keep_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SLOT", 0.05)
    before = asyncio.get_running_loop().time()
    await wait_for_slot(Community(Store.nowhere()))
    assert asyncio.get_running_loop().time() - before >= 0.05


@pytest.mark.parametrize(
    ("count", "ids", "most", "expected"),
    [
        (1, "", None, Division(1, (0,), 1)),
        (6, "", None, Division(6, tuple(range(6)), 6)),
        (6, "0-2, 5", 2, Division(6, (0, 1, 2, 5), 2)),
        (6, "3", 9, Division(6, (3,), 1)),
    ],
)
def test_divisions(count: int, ids: str, most: int | None, expected: Division) -> None:
    assert Division.of(count, ids, most) == expected


@pytest.mark.parametrize("ids", ["6", "a", "3-1", "1,,2", "-"])
def test_divisions_that_make_no_sense(ids: str) -> None:
    with pytest.raises(ValueError, match="shards"):
        Division.of(6, ids)
