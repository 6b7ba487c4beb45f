"""The door to the database: opening, transactions, and one kind of error for everything that can be wrong."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.backup import copies
from bot.store.errors import StoreError, StoreUnavailable

_log = logging.getLogger(__name__)

PATIENCE: Final = 2.0
"""Seconds that one piece of work may take; Discord waits three for an answer."""
REST: Final = 5.0
"""Seconds without a try after a failure, so that nobody waits for a database that is gone."""

_DAMAGED: Final = ("malformed", "not a database")
"""How SQLite says that a file is damaged."""
_WRITE: Final = {"write": True}


class Store:
    """One database, SQLite or PostgreSQL.

    Every piece of work is one transaction: `async with store.reading() as connection` or `writing()`.
    What fails inside, for whatever reason, leaves nothing behind and raises `StoreUnavailable`.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE, rest: float = REST) -> None:
        """`url` is `sqlite:///file`, or `postgresql://user:password@host/name`.

        Raises:
            StoreError: no such kind of database is known here.
        """
        self.url = _driver(url)
        self._patience = patience
        self._rest = rest
        self._resting_until = 0.0
        self.engine = _engine(self.url)
        self.on_trouble: Callable[[bool], None] | None = None
        """Told True when the database fails and False when it works again."""
        self._in_trouble = False
        self.failures = 0
        """Uses that failed since the start."""

    @classmethod
    def in_directory(cls, directory: Path) -> Self:
        """The embedded default: one file, made when it is needed."""
        return cls(f"sqlite:///{cls.default_file(directory)}")

    @staticmethod
    def default_file(directory: Path) -> Path:
        """Where that file is."""
        return directory / "community.sqlite3"

    @classmethod
    def nowhere(cls) -> Self:
        """No database at all: nothing can be kept, and whoever tries is told so."""
        store = cls("sqlite://")
        store._resting_until = math.inf
        return store

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of the embedded database."""
        name = self.url.database if self.is_sqlite else None
        return Path(name) if name and not name.startswith((":", "file:")) else None

    @property
    def available(self) -> bool:
        """Whether the latest try went well."""
        return not self._in_trouble

    async def close(self) -> None:
        """Let go of all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def reading(self, *, patience: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads.  `patience` is in seconds.

        Raises:
            StoreUnavailable: it could not be done in time, or not at all.
        """
        async with self._work(patience) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, patience: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: all of it, or nothing.

        Raises:
            StoreUnavailable: it could not be done in time, or not at all.
        """
        async with self._work(patience, **_WRITE) as connection:
            yield connection

    async def ping(self) -> None:
        """See whether the database is there.

        Raises:
            StoreUnavailable: it is not.
        """
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))

    @asynccontextmanager
    async def _work(self, patience: float | None, **options: object) -> AsyncIterator[AsyncConnection]:
        patience = self._patience if patience is None else patience
        if time.monotonic() < self._resting_until:
            raise StoreUnavailable("there is no database, or it failed a moment ago")
        try:
            async with asyncio.timeout(patience):
                async with self.engine.connect() as plain:
                    connection = await plain.execution_options(wait=patience, **options)
                    async with connection.begin():
                        yield connection
        except IntegrityError:
            raise  # two people were equally fast: the caller knows what that means
        except TimeoutError as error:
            self._failed("it did not answer in time")
            raise StoreUnavailable("the database did not answer in time") from error
        except (SQLAlchemyError, OSError) as error:
            # The statement's values may be somebody's words: they are kept out of the log.
            self._failed(_reason(error) + self._advice(error))
            raise StoreUnavailable("the database can not be used") from error
        else:
            self._worked()

    def _advice(self, error: Exception) -> str:
        """What an owner can do about a damaged file."""
        damaged = isinstance(error, DBAPIError) and any(sign in str(error.orig) for sign in _DAMAGED)
        if not damaged or self.file is None:
            return ""
        latest = next(reversed(copies(self.file)), None)
        advice = f"`python -m bot restore {latest}`" if latest else "there is no copy; move the file away to begin anew"
        return f"; {self.file} is damaged: stop the bot, then {advice}"

    def _failed(self, reason: str) -> None:
        self._resting_until = time.monotonic() + self._rest
        self.failures += 1
        if not self._in_trouble:
            self._in_trouble = True
            _log.error("the database can not be used (%s); questions are answered all the same", reason)
            if self.on_trouble is not None:
                self.on_trouble(True)

    def _worked(self) -> None:
        if self._in_trouble:
            self._in_trouble = False
            _log.info("the database works again")
            if self.on_trouble is not None:
                self.on_trouble(False)


def _reason(error: Exception) -> str:
    """What went wrong, without the statement and its values."""
    if isinstance(error, DBAPIError):
        return f"{type(error.orig).__name__}: {str(error.orig).splitlines()[0] if str(error.orig) else ''}"
    return f"{type(error).__name__}: {error}"


def _driver(url: str) -> URL:
    """The address with the driver that is used here."""
    try:
        made = make_url(url)
    except ArgumentError:
        raise StoreError("DATABASE_URL is not an address such as postgresql://user:password@host/name") from None
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "sqlite+aiosqlite": "sqlite+aiosqlite",
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
        "postgresql+asyncpg": "postgresql+asyncpg",
    }
    if made.drivername not in drivers:
        raise StoreError("DATABASE_URL must begin with postgresql:// or sqlite:///")
    return made.set(drivername=drivers[made.drivername])


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=5, pool_recycle=1800)
    if url.database:
        with suppress(OSError):  # the first piece of work tells
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        # The driver's own idea of transactions begins them too late; see `_begun`.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Any) -> None:
        # A reader that turns writer half-way fails at once where another writes: writers say so first.
        options = connection.get_execution_options()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={round(options.get('wait', PATIENCE) * 1000)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")

    return engine
