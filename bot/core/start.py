"""A quick start: what was read from a base once is kept in the user's cache until a file changes."""

from __future__ import annotations

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
from bot.core.match.prepare import Prepared, prepare
from bot.core.understand.query import Reader

_KEPT: Final = 4
"""Files that stay in the cache: a few bases side by side."""


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
        return _started(directory)


def _started(directory: Path) -> Expert:
    place = user_cache_path("knowledge-bot") / f"{_fingerprint(directory)}.msgpack"
    with suppress(OSError, msgspec.MsgspecError):
        snapshot = msgspec.msgpack.decode(place.read_bytes(), type=_Snapshot)
        return Expert(snapshot.base, snapshot.prepared)
    base = load(directory)
    prepared = prepare(base, Reader(base))
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
        gc.freeze()
        if enabled:
            gc.enable()


def _fingerprint(directory: Path) -> str:
    """Of every file that the snapshot depends on: the content, and the code that reads it."""
    digest = hashlib.sha256()
    code = Path(__file__).parent
    for root, pattern in ((directory, "**/*.yaml"), (code, "**/*.py"), (code, "**/*.yaml")):
        for path in sorted(root.glob(pattern)):
            digest.update(str(path.relative_to(root)).encode())
            with suppress(OSError):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _keep(place: Path, data: bytes) -> None:
    """Write all or nothing, and drop the oldest."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(place)
    for old in sorted(place.parent.glob("*.msgpack"), key=lambda p: -p.stat().st_mtime)[_KEPT:]:
        old.unlink(missing_ok=True)
