"""A quick start: what was read from a base once is kept in the user's cache until a file changes."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
from platformdirs import user_cache_path

from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeBase, default_directory, load
from bot.core.knowledge.load import files
from bot.core.match.prepare import Prepared, prepare
from bot.core.understand.query import Reader

_KEPT: Final = 4
"""Files that stay in the cache: a few bases side by side."""
_ABANDONED: Final = 3600.0
"""Seconds after which half a file belongs to nobody."""


class _Snapshot(msgspec.Struct):
    base: KnowledgeBase
    prepared: Prepared


def start(directory: Path | None = None) -> Expert:
    """An expert on a base, from the cache where it holds exactly these files.

    Raises:
        KnowledgeError: the base can not be used.
    """
    directory = directory or default_directory()
    with _undisturbed():
        expert = _started(directory)
    _give_back()
    return expert


def _give_back() -> None:
    """Let the system have what reading needed and nobody needs any more; the C library keeps it otherwise."""
    with suppress(OSError, AttributeError, TypeError):  # there is no such thing beside glibc
        ctypes.CDLL(None).malloc_trim(0)


def _started(directory: Path) -> Expert:
    fingerprint = _fingerprint(directory)
    place = user_cache_path("knowledge-bot") / f"{fingerprint}.msgpack"
    with suppress(OSError, msgspec.MsgspecError):
        snapshot = msgspec.msgpack.decode(place.read_bytes(), type=_Snapshot)
        return Expert(snapshot.base, snapshot.prepared)
    base = load(directory)
    prepared = prepare(base, Reader(base))
    # What changed while it was read is not what the fingerprint says.
    if _fingerprint(directory) == fingerprint:
        with suppress(OSError):
            _keep(place, msgspec.msgpack.encode(_Snapshot(base, prepared)))
    return Expert(base, prepared)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the garbage collector out, and tell it afterwards that all of this stays.

    Walking it takes longer than an answer.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count():
            # What was alive when this was done last, and has died since in a circle, goes now or never.
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        if enabled:
            gc.enable()


def _fingerprint(directory: Path) -> str:
    """Of every file that the snapshot depends on: the content, and the code that reads it."""
    digest = hashlib.sha256()
    code = Path(__file__).parent
    read = [(path, directory) for path in files(directory)]
    read += [(path, code) for pattern in ("**/*.py", "**/*.yaml") for path in sorted(code.glob(pattern))]
    for path, root in read:
        digest.update(str(path.relative_to(root)).encode())
        with suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _keep(place: Path, data: bytes) -> None:
    """Write all or nothing, and drop the oldest."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(place)
    except OSError:  # a full disk should not be filled further
        Path(name).unlink(missing_ok=True)
        raise
    kept = sorted(place.parent.glob("*.msgpack"), key=lambda p: -p.stat().st_mtime)[:_KEPT]
    for old in place.parent.iterdir():
        # What a process that was killed has left, and nobody writes any more.
        left = old.suffix == ".part" and old.stat().st_mtime < place.stat().st_mtime - _ABANDONED
        if left or (old.suffix == ".msgpack" and old not in kept):
            old.unlink(missing_ok=True)
