"""Copies of the embedded database: made while it is in use, and put back in its place.

PostgreSQL has its own tools (`pg_dump`, `pg_restore`), which do this better.
"""

from __future__ import annotations

import datetime
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from bot.store.errors import StoreError

DAILY: Final = "daily"
KEPT: Final = 3
"""Daily copies that are kept."""


def copy(file: Path, why: str, *, now: datetime.datetime | None = None, to: Path | None = None) -> Path:
    """Copy a database as it is at this moment; whole, even while others write.

    The copy stands beside it, named by the time and by `why`, or at `to`, where nothing may be yet.

    Raises:
        StoreError: there is no database, it is damaged, or the copy can not be written.
    """
    if not file.is_file():
        raise StoreError(f"there is no database at {file}")
    moment = now or datetime.datetime.now(datetime.UTC)
    target = to or file.with_name(f"{file.stem}.{moment:%Y%m%dT%H%M%S}.{why}{file.suffix}")
    if to is not None and to.exists():
        raise StoreError(f"{to} is there already")
    part = target.with_name(f"{target.name}.part")
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as made:
            source.backup(made)
            _must_be_whole(made)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(f"{file} can not be copied to {target}: {error}") from error
    return target


def copies(file: Path) -> list[Path]:
    """All copies beside a database, the latest last."""
    return sorted(file.parent.glob(f"{file.stem}.????????T??????.*{file.suffix}"), key=lambda path: path.name)


def daily(file: Path, now: datetime.datetime) -> Path | None:
    """Make the day's copy, unless there is one, and drop old ones of its kind."""
    made = [path for path in copies(file) if path.suffixes[-2:-1] == [f".{DAILY}"]]
    if any(f".{now:%Y%m%d}T" in path.name for path in made):
        return None
    done = copy(file, DAILY, now=now)
    for old in [*made, done][:-KEPT]:
        with suppress(OSError):
            old.unlink()
    return done


def restore(file: Path, source: Path) -> Path | None:
    """Put a copy into the place of a database that nobody uses now.

    Returns:
        Where the old database is now; None if there was none.

    Raises:
        StoreError: the copy is damaged, or can not be put there; the old database is as it was.
    """
    if not source.is_file():
        raise StoreError(f"there is no copy at {source}")
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(part)) as new:
            _must_be_whole(old)
            old.backup(new)
        aside = _put_aside(file)
        part.replace(file)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(f"{source} can not be restored: {error}") from error
    return aside


def _put_aside(file: Path) -> Path | None:
    """Rename a database together with what belongs to it."""
    if not file.exists():
        return None
    aside = file.with_name(f"{file.stem}.{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}.replaced{file.suffix}")
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            os.rename(f"{file}{ending}", f"{aside}{ending}")  # noqa: PTH104 - endings are no suffixes
    return aside


def _must_be_whole(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != ("ok",):
        raise sqlite3.DatabaseError(f"it is damaged: {found[0] if found else 'it can not be read'}")
