"""The schema goes up and down with data in it, once, and never over a newer one."""

from __future__ import annotations

import asyncio
import datetime
import sqlite3
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.store import Store, StoreError
from bot.store.backup import copies
from bot.store.guilds import Guilds
from bot.store.migrate import downgrade, head, migrate, upgrade, version
from bot.store.model import GuildSettings
from bot.store.tables import metadata

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)


async def test_the_steps_lead_to_what_the_code_expects(store: Store) -> None:
    def differences(connection: Connection) -> list[Any]:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
        return found

    async with store.reading() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(version) == head()


async def test_down_and_up_again_with_data_inside(store: Store) -> None:
    await Guilds(store).choose(1, GuildSettings(language="hi"), NOW)
    async with store.writing(patience=60) as connection:
        await connection.run_sync(downgrade, "base")
        assert await connection.run_sync(lambda c: inspect(c).get_table_names()) == ["alembic_version"]
        await connection.run_sync(upgrade)
    assert await Guilds(store).settings(1) == GuildSettings(), "what a step down drops is gone"
    await Guilds(store).choose(1, GuildSettings(language="hi"), NOW)
    assert await migrate(store) is None
    assert await Guilds(store).settings(1) == GuildSettings(language="hi")


async def test_each_step_goes_down_and_up_and_keeps_the_data_of_the_others(store: Store) -> None:
    await Guilds(store).choose(1, GuildSettings(language="hi"), NOW)
    async with store.writing(patience=60) as connection:
        await connection.run_sync(downgrade, "0001")
    assert await Guilds(store).settings(1) == GuildSettings(language="hi")
    await Guilds(store).choose(2, GuildSettings(language="en"), NOW)
    await migrate(store)
    assert await Guilds(store).settings(1) == GuildSettings(language="hi")
    assert await Guilds(store).settings(2) == GuildSettings(language="en")


async def test_a_step_that_fails_leaves_the_old_schema(store: Store) -> None:
    await Guilds(store).choose(1, GuildSettings(language="hi"), NOW)

    def half_way(connection: Connection) -> None:
        downgrade(connection, "base")
        raise OSError("the disk is full")

    with pytest.raises(Exception, match="can not be used"):
        async with store.writing(patience=60) as connection:
            await connection.run_sync(half_way)
    assert await Guilds(store).settings(1) == GuildSettings(language="hi")


async def test_many_processes_that_start_at_once_migrate_once(empty: Store) -> None:
    others = [Store(empty.url.render_as_string(hide_password=False)) for _ in range(4)]
    await asyncio.gather(*(migrate(store) for store in (empty, *others)))
    async with empty.reading() as connection:
        assert (await connection.scalars(text("SELECT version_num FROM alembic_version"))).all() == [head()]
    for store in others:
        await store.close()


async def test_a_database_of_a_newer_version_is_left_alone(store: Store) -> None:
    async with store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        await migrate(store)


async def test_the_embedded_database_is_copied_before_it_is_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.file is None:
        pytest.skip("PostgreSQL has its own ways")
    await Guilds(store).choose(1, GuildSettings(language="hi"), NOW)
    async with store.writing(patience=60) as connection:
        await connection.run_sync(downgrade, "base")
        await connection.execute(text("CREATE TABLE precious (word TEXT)"))
        await connection.execute(text("INSERT INTO precious VALUES ('kept')"))
        await connection.execute(text("INSERT INTO alembic_version VALUES ('0000')"))
    monkeypatch.setattr("bot.store.migrate._known", lambda: {"0000"})
    with pytest.raises(Exception, match="0000"):
        await migrate(store)
    (kept,) = copies(store.file)
    with sqlite3.connect(kept) as connection_:
        assert connection_.execute("SELECT word FROM precious").fetchone() == ("kept",)
