"""Which Hindi texts may be stale: the state of both languages when somebody last compared them.

`hindi.lock.json` keeps, for every bilingual text, a fingerprint of its English and its Hindi.  When
the English has changed since and the Hindi has not, the Hindi is stale.  `check --confirm-hindi`
writes the file anew, once both say the same again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.core.knowledge import model
from bot.core.knowledge.load import Reading, key_of, read

LOCK: Final = "hindi.lock.json"


def texts(entry: Any) -> Iterator[tuple[tuple[str | int, ...], model.LineText | model.ProseText]]:
    """Every bilingual text inside an entry, with its path."""
    yield from _walk(entry, ())


def _walk(
    value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], model.LineText | model.ProseText]]:
    if isinstance(value, model.LineText | model.ProseText):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from _walk(getattr(value, field.name), (*path, field.encode_name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))


def stale(reading: Reading) -> Iterator[tuple[Any, tuple[str | int, ...], str]]:
    """(entry, path, what is wrong) of Hindi that was not looked at since its English changed."""
    try:
        known = msgspec.json.decode((reading.root / LOCK).read_bytes(), type=dict[str, tuple[str, str]])
    except (OSError, msgspec.DecodeError):
        return
    for entry, path, name, now in _states(reading):
        before = known.get(name)
        if before is None:
            continue
        if before[0] != now[0] and before[1] == now[1]:
            yield entry, path, "the English has changed since this Hindi was written"


def confirm(directory: Path) -> int:
    """Note the present state of all texts; returns how many there are."""
    states = {name: now for _, _, name, now in _states(read(directory))}
    lines = json.dumps(dict(sorted(states.items())), ensure_ascii=False, indent=0)
    (directory / LOCK).write_text(lines + "\n", "utf-8")
    return len(states)


def _states(reading: Reading) -> Iterator[tuple[Any, tuple[str | int, ...], str, list[str]]]:
    for kind, entries in reading.entries.items():
        for entry in entries.values():
            for path, text in texts(entry):
                name = "/".join((kind.__name__.lower(), key_of(entry), *map(str, path)))
                yield entry, path, name, [_fingerprint(text.en), _fingerprint(text.hi)]


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
