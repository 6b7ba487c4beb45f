"""The database is gone, locked, full, damaged, or its process is killed: nothing is lost, and somebody is told."""

from __future__ import annotations

import asyncio
import datetime
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.community.community import Community, Known
from bot.core.reply import Outcome, Reply
from bot.store import Store, StoreError, StoreUnavailable
from bot.store.backup import copies, copy, daily, restore
from bot.store.guilds import Guilds
from bot.store.migrate import migrate
from bot.store.model import Correction, GuildSettings
from tests import postgres

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
HINDI = GuildSettings(language="hi")
ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))
"""`make soak` does a hundred."""
UNKNOWN = Reply(text="why?", language="en", reply_language="en", outcome=Outcome.NO_ANSWER)


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """An embedded database with something in it."""
    store = Store(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    await migrate(store)
    await Guilds(store).choose(1, HINDI, NOW)
    await store.close()
    return tmp_path / "db.sqlite3"


def opened(file: Path, patience: float = 0.3) -> Store:
    return Store(f"sqlite:///{file}", patience=patience, rest=0.0)


async def test_a_locked_database_is_waited_for_and_then_given_up(file: Path) -> None:
    store = opened(file)
    lock = sqlite3.connect(file, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable):
        await Guilds(store).choose(1, GuildSettings(), NOW)
    assert not store.available
    lock.execute("ROLLBACK")
    lock.close()
    await Guilds(store).choose(1, GuildSettings(), NOW)
    assert store.available
    await store.close()


async def test_a_lock_that_is_short_does_not_matter(file: Path) -> None:
    store = opened(file, patience=5)
    lock = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    releasing = threading.Timer(0.2, lock.execute, ("ROLLBACK",))
    releasing.start()
    await Guilds(store).choose(1, GuildSettings(), NOW)
    releasing.join()
    lock.close()
    await store.close()


async def test_a_full_disk_changes_nothing_and_is_said_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(file)
    async with store.reading() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count={pages}"))
    long = Correction(wrong="x", right="y" * 1500)
    community = Community(store)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await _fill(community, long)
    assert caplog.text.count("database or disk is full") == 1
    assert await Guilds(store).settings(1) == HINDI
    await community.close()


async def _fill(community: Community, content: Correction) -> None:
    for _ in range(50):
        await community.contributions.propose(1, 2, content, entry="e", now=NOW)


async def test_a_file_that_can_not_be_written_still_answers(file: Path) -> None:
    store = Store(f"sqlite:///file:{file}?mode=ro&uri=true", rest=0.0)
    with pytest.raises(StoreUnavailable):
        await Guilds(store).choose(1, GuildSettings(), NOW)
    await store.close()


async def test_a_damaged_file_is_named_with_the_copy_to_restore(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = copy(file, "test", now=NOW)
    data = bytearray(file.read_bytes())
    data[:64] = b"\0" * 64
    file.write_bytes(data)
    for ending in ("-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)
    store = opened(file)
    community = Community(store)
    assert not await community.prepare()
    assert (await community.known(1)).settings == GuildSettings(), "questions are answered with the defaults"
    assert "is damaged" in caplog.text
    assert f"restore {kept}" in caplog.text
    await community.close()
    aside = restore(file, kept)
    assert aside is not None
    assert aside.read_bytes()[:64] == b"\0" * 64, "the damaged one is not thrown away"
    again = opened(file)
    assert await Guilds(again).settings(1) == HINDI
    await again.close()


def test_a_damaged_copy_is_not_restored(file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.sqlite3"
    bad.write_bytes(file.read_bytes()[:5000])
    before = file.read_bytes()
    with pytest.raises(StoreError, match="can not be restored"):
        restore(file, bad)
    with pytest.raises(StoreError, match="there is no copy"):
        restore(file, tmp_path / "nothing")
    assert file.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_one_copy_a_day_and_only_a_few_are_kept(file: Path) -> None:
    for day in range(6):
        moment = NOW + datetime.timedelta(days=day)
        assert daily(file, moment) is not None
        assert daily(file, moment + datetime.timedelta(hours=1)) is None
    copy(file, "manual", now=NOW)
    assert [path.name.split(".")[1:3] for path in copies(file)] == [
        ["20261128T120000", "manual"],
        ["20261201T120000", "daily"],
        ["20261202T120000", "daily"],
        ["20261203T120000", "daily"],
    ]


async def test_a_copy_is_whole_while_others_write(file: Path) -> None:
    store = opened(file, patience=10)
    writing = asyncio.create_task(_write_on(store))
    await asyncio.sleep(0.05)
    kept = await asyncio.to_thread(copy, file, "test")
    writing.cancel()
    with sqlite3.connect(kept) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM guilds").fetchone()[0] >= 1
    await asyncio.gather(writing, return_exceptions=True)
    await store.close()


async def _write_on(store: Store) -> None:
    for guild in range(2, 10_000):
        await Guilds(store).choose(guild, HINDI, NOW)


async def test_what_was_counted_waits_for_the_database(file: Path) -> None:
    community = Community(opened(file))
    await community.known(1)
    lock = sqlite3.connect(file, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    for _ in range(3):
        community.record(1, UNKNOWN)
        await community.flush()
    lock.execute("ROLLBACK")
    lock.close()
    await community.flush()
    today = community.clock().date()
    tally = await community.tallies.of(1, today, today)
    assert (tally.outcomes, len(tally.gaps)) == ({"no_answer": 3}, 3)
    await community.close()


async def test_a_server_that_is_known_keeps_its_settings_while_the_database_is_away(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    community = Community(opened(file))
    assert (await community.known(1)).settings == HINDI
    monkeypatch.setattr("bot.community.community.FRESH", -1.0)
    lock = sqlite3.connect(file, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert (await community.known(1)).settings == HINDI
    assert await community.known(2) == Known(), "one that is not gets the defaults"
    lock.execute("ROLLBACK")
    lock.close()
    await community.close()


WRITER = """
import asyncio, datetime, sys
from bot.store import Store
from bot.store.contributions import Contributions
from bot.store.model import Correction

async def main():
    contributions = Contributions(Store(sys.argv[1]))
    now = datetime.datetime.now(datetime.UTC)
    while True:
        done = await contributions.propose(1, 2, Correction(wrong="x", right="y" * 500), entry="e", now=now)
        print(done.id, flush=True)

asyncio.run(main())
"""


async def test_killed_in_the_middle_of_writing_nothing_that_was_promised_is_lost(file: Path) -> None:
    chance = random.Random(7)
    promised: set[int] = set()
    for _ in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, f"sqlite:///{file}"], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert process.stdout is not None
        promised.add(int(process.stdout.readline()))
        killer = threading.Timer(chance.uniform(0.0, 0.15), process.send_signal, (signal.SIGKILL,))
        killer.start()
        promised.update(int(line) for line in process.stdout if line.endswith("\n"))
        process.wait()
        process.stdout.close()
        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            there = {id for (id,) in connection.execute("SELECT id FROM contributions")}
        assert promised <= there


async def test_postgresql_that_restarts_is_found_again() -> None:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as url:
        store = Store(url, rest=0.0)
        await migrate(store)
        await Guilds(store).choose(1, HINDI, NOW)
        postgres.restart(url)
        assert await Guilds(store).settings(1) == HINDI, "connections that died are replaced without a word"
        postgres.stop(url)
        with pytest.raises(StoreUnavailable):
            await Guilds(store).settings(1)
        postgres.start(url)
        assert await Guilds(store).settings(1) == HINDI
        await store.close()


@pytest.mark.parametrize("url", ["mysql://a", "nonsense", "postgresql+psycopg2://a"])
def test_an_address_that_can_not_be_used_is_said_so(url: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL"):
        Store(url)


def test_no_password_in_what_is_printed() -> None:
    store = Store("postgresql://bot:secret-word@host/name")
    assert "secret-word" not in repr(store.url) + str(store.url) + repr(store.engine)
