"""A real PostgreSQL for the tests: its own cluster in a new directory, reached over a socket file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The directory with `initdb` and `pg_ctl`; None where PostgreSQL is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(_DEBIAN.glob("*/bin"), default=None, key=lambda path: int(path.parent.name))


@contextmanager
def cluster() -> Iterator[str]:
    """A running server; gives the address of its database."""
    where = programs()
    assert where is not None
    # The path of a socket file has little room.
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    # PostgreSQL does not run as root.
    user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
        user = ["runuser", "-u", "postgres", "--"]
    data = directory / "data"

    def call(*arguments: str) -> None:
        done = subprocess.run([*user, *arguments], cwd=directory, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    options = f"-c listen_addresses='' -c unix_socket_directories={directory} -c fsync=off -c max_connections=60"
    try:
        call(str(where / "initdb"), "-D", str(data), "-U", "bot", "-A", "trust", "-E", "UTF8", "--no-sync")
        call(str(where / "pg_ctl"), "-D", str(data), "-w", "-s", "-l", str(directory / "log"), "-o", options, "start")
        try:
            yield f"postgresql://bot@/postgres?host={directory}"
        finally:
            call(str(where / "pg_ctl"), "-D", str(data), "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
