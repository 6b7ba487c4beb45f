"""Every test of the store runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import Store
from bot.store.migrate import migrate
from tests import postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real server, once for all tests."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
async def empty(url: str) -> AsyncIterator[Store]:
    """A database without a schema."""
    store = Store(url, rest=0.0)
    if not store.is_sqlite:
        async with store.writing() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    yield store
    await store.close()


@pytest.fixture
async def store(empty: Store) -> Store:
    """A database with the schema of this version."""
    await migrate(empty)
    return empty
