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
    # The path of a socket file has little room.
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
    url = f"postgresql://bot@/postgres?host={directory}"
    try:
        _call(directory, "initdb", "-U", "bot", "-A", "trust", "-E", "UTF8", "--no-sync")
        start(url)
        try:
            yield url
        finally:
            stop(url)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def start(url: str) -> None:
    """Start a server that was stopped."""
    directory = _directory(url)
    options = f"-c listen_addresses='' -c unix_socket_directories={directory} -c fsync=off -c max_connections=60"
    _call(directory, "pg_ctl", "-w", "-s", "-l", str(directory / "log"), "-o", options, "start")


def stop(url: str) -> None:
    """Stop a server at once; its connections die."""
    if (_directory(url) / "data" / "postmaster.pid").exists():
        _call(_directory(url), "pg_ctl", "-w", "-s", "-m", "immediate", "stop")


def restart(url: str) -> None:
    """Stop and start it."""
    stop(url)
    start(url)


def _directory(url: str) -> Path:
    return Path(url.partition("host=")[2])


def _call(directory: Path, program: str, *arguments: str) -> None:
    where = programs()
    assert where is not None
    # PostgreSQL does not run as root.
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*user, str(where / program), "-D", str(directory / "data"), *arguments]
    # Not a pipe: the server would keep it open.
    with (directory / "output").open("w+") as output:
        done = subprocess.run(command, cwd=directory, stdout=output, stderr=output, text=True, timeout=60)
        output.seek(0)
        assert done.returncode == 0, output.read()
