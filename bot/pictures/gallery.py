"""The picture that belongs to a reply: drawn once, beside the event loop, and kept for a while."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from bot.core.knowledge import KnowledgeBase
from bot.core.reply import Kind, Outcome, Reply

_log = logging.getLogger(__name__)

KEPT: Final = 128
"""Pictures; each is about 25 kB."""
PATIENCE: Final = 1.5
"""Seconds that a reply waits for its picture."""
PICTURED: Final = (Kind.CONCEPT, Kind.RELATION, Kind.COMPARISON)


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and the same in words."""

    png: bytes
    words: str
    """At most 1024 characters."""
    name: str
    """Of the file."""


class Gallery:
    """Draws and keeps pictures; belongs to one event loop."""

    def __init__(self, *, kept: int = KEPT, patience: float = PATIENCE) -> None:
        self._kept = kept
        self._patience = patience
        self._pictures: OrderedDict[tuple[str, str], Picture | None] = OrderedDict()
        self._base: KnowledgeBase | None = None
        self._lock = threading.Lock()
        self._worker: ThreadPoolExecutor | None = None

    async def of(self, base: KnowledgeBase, reply: Reply, *, draw: bool = True) -> Picture | None:
        """The picture of a reply; None if it has none, or if there is none in time.

        Without `draw`, only one that was drawn before.
        """
        if reply.kind not in PICTURED or reply.entry is None or reply.outcome is not Outcome.ANSWER:
            return None
        if base is not self._base:
            with self._lock:
                self._base = base
                self._pictures.clear()
        key = (reply.entry, reply.reply_language)
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        if not draw:
            return None
        if self._worker is None:
            # One is enough, and it leaves the other processors to the answers.
            self._worker = ThreadPoolExecutor(1, "pictures")
        try:
            drawing = asyncio.get_running_loop().run_in_executor(self._worker, self._draw, base, reply, key)
            return await asyncio.wait_for(drawing, self._patience)
        except TimeoutError:
            _log.warning("the picture of %s was not ready in time", reply.entry)
        except Exception:
            _log.exception("no picture of %s", reply.entry)
        return None

    def close(self) -> None:
        """Let the thread end."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None

    def _draw(self, base: KnowledgeBase, reply: Reply, key: tuple[str, str]) -> Picture | None:
        # Not at the top: a bot that shows no picture never loads the drawing library.
        from bot.pictures.paint import paint

        with self._lock:
            if key in self._pictures:  # drawn while this one waited
                return self._pictures[key]
        picture = paint(base, reply)
        with self._lock:
            if base is self._base:
                self._pictures[key] = picture
                while len(self._pictures) > self._kept:
                    self._pictures.popitem(last=False)
        return picture
