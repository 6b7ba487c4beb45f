"""The base as it is on disk now: edits appear by themselves, and a bad edit keeps the old base."""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.catalogue import Finding, Place, places_of
from bot.core.check import check_files, check_questions
from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeError, Problem, default_directory
from bot.core.knowledge.hindi import LOCK
from bot.core.start import start

_log = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two looks at the files."""

_Files = Mapping[str, tuple[int, int]]


class Library:
    """An expert that follows its files.

    Everything to read is replaced as a whole, so that it may be read while another thread is in
    `refresh` or `lint`.
    """

    def __init__(self, expert: Expert, directory: Path | None = None) -> None:
        """Begin with an expert on what stands in `directory` now."""
        self.directory: Final = directory or default_directory()
        self._expert = expert
        self._seen = self._look()
        self._busy = threading.Lock()
        self._version = 1
        self.loaded_at = datetime.datetime.now(datetime.UTC)
        self.reloads: Counter[str] = Counter({"used": 0, "refused": 0})
        """Changes of the files, by what became of them."""
        self.problems: tuple[Problem, ...] = ()
        """Why the files as they are now are not in use; empty while they are."""
        self.findings: tuple[Finding, ...] = ()
        """What the lint found in the files in use."""
        self.places: Mapping[str, Place] = {}
        """Where each entry stands, and whether its Hindi is stale, by its key in the catalogue."""
        self.checked = False
        """Whether the lint has gone through all of the files in use."""

    @property
    def expert(self) -> Expert:
        """The expert of the moment."""
        return self._expert

    @property
    def version(self) -> int:
        """Grows with every change of what this object tells."""
        return self._version

    def refresh(self) -> bool:
        """Take up what has changed on disk since the last look; tells whether anything has.

        Takes a few milliseconds where nothing has, seconds otherwise: see `watch`.
        """
        with self._busy:
            seen = self._look()
            if seen == self._seen:
                return False
            self._seen = seen
            try:
                self._expert = start(self.directory)
            except KnowledgeError as error:
                self.problems = tuple(error.problems)
                _log.warning("the changed knowledge base is not used:\n%s", error)
            except Exception as error:
                _log.exception("the changed knowledge base is not used")
                self.problems = (Problem(str(self.directory), 1, "KB001", f"can not be used: {error}"),)
            else:
                self.problems = ()
                self.checked = False
                self.loaded_at = datetime.datetime.now(datetime.UTC)
                _log.info("the knowledge base was loaded anew")
            self.reloads["refused" if self.problems else "used"] += 1
            self._version += 1
            return True

    def lint(self) -> None:
        """Run all rules over the files in use, unless that was done; takes seconds."""
        with self._busy:
            if self.checked or self.problems:
                return
            reading = check_files(self.directory)
            self.findings, self.places = places_of(reading)
            self._version += 1
            check_questions(reading)
            self.findings, self.places = places_of(reading)
            self.checked = True
            self._version += 1

    async def watch(self) -> None:
        """Look at the files for ever, without holding up anything else."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception:
                _log.exception("the knowledge base could not be looked at")

    def _look(self) -> _Files:
        """Time and size of every file."""
        found: dict[str, tuple[int, int]] = {}
        for path in (*self.directory.rglob("*.yaml"), self.directory / LOCK):
            with suppress(OSError):
                status = path.stat()
                found[str(path)] = (status.st_mtime_ns, status.st_size)
        return found
