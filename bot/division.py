"""How the servers of a bot are divided into shards, and which of them one process may carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Division:
    """How the servers are divided, and what this process may carry of it."""

    count: int = 1
    """Shards that all processes have together; with 1 nothing is divided."""
    allowed: tuple[int, ...] = (0,)
    """Shards that this process may carry."""
    most: int = 1
    """How many of them at a time."""

    @classmethod
    def of(cls, count: int, ids: str = "", most: int | None = None) -> Division:
        """From settings: `ids` as "0-3" or "0,2,5-7", all of them if empty.

        Raises:
            ValueError: the text says nothing that makes sense.
        """
        allowed = tuple(range(count)) if not ids.strip() else _numbers(ids)
        if not allowed or max(allowed) >= count:
            raise ValueError(f"with {count} shards their numbers go from 0 to {count - 1}")
        return cls(count, allowed, len(allowed) if most is None else min(most, len(allowed)))


def _numbers(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"shards are written like 0-3 or 0,2,5-7, not {part.strip()!r}")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(sorted(found))
