"""The base as it is on disk now: edits appear by themselves, and a bad edit keeps the old base."""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self, TypeVar

from bot.catalogue import Finding, Place, places_of
from bot.core.check import check_files, check_questions
from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeError, Problem, default_directory
from bot.core.knowledge.hindi import LOCK
from bot.core.knowledge.load import files
from bot.core.start import start

_log = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two looks at the files."""
SETTLING: Final = 10
"""Looks for which files that keep changing are waited for."""

_T = TypeVar("_T")
_Files = Mapping[str, tuple[int, ...]]


class Library:
    """An expert that follows its files.

    Everything to read is replaced as a whole, so that it may be read while another thread is in
    `refresh` or `lint`.
    """

    def __init__(self, expert: Expert, directory: Path | None = None, seen: _Files | None = None) -> None:
        """Begin with an expert on what stands in `directory` now, or stood there when it was `seen`."""
        self.directory: Final = directory or default_directory()
        self._expert = expert
        self._seen = _look(self.directory) if seen is None else seen
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

    @classmethod
    def open(cls, directory: Path | None = None) -> Self:
        """Begin with what stands in `directory`; what changes meanwhile is taken up by the next `refresh`.

        Raises:
            KnowledgeError: the base can not be used.
        """
        seen = _look(directory or default_directory())
        return cls(start(directory), directory, seen)

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
            seen = _look(self.directory)
            if seen == self._seen:
                return False
            self._seen = seen
            try:
                self._expert = start(self.directory)
            except KnowledgeError as error:
                self.problems = tuple(error.problems)
                # Its text alone: whoever keeps the error keeps all that was read.
                _log.warning("the changed knowledge base is not used:\n%s", str(error))
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
        before, waited = self._seen, 0
        while True:
            await asyncio.sleep(EVERY)
            try:
                now = await aside(lambda: _look(self.directory))
                # What is being written is left alone until it is done, but not for ever.
                waited = waited + 1 if now != before and waited < SETTLING else 0
                before = now
                if not waited and now != self._seen:
                    await aside(self.refresh)
            except Exception:
                _log.exception("the knowledge base could not be looked at")


async def aside(work: Callable[[], _T]) -> _T:
    """Do something beside the event loop, in a thread that the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def tell(how: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if done.done() else how())

    def run() -> None:
        try:
            found = work()
        except BaseException as error:
            failed = error
            tell(lambda: done.set_exception(failed))
        else:
            tell(lambda: done.set_result(found))

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await done


def _look(directory: Path) -> _Files:
    """What tells a file from what stood there before, of every file: a link may lead to another one now."""
    found: dict[str, tuple[int, ...]] = {}
    for path in (*files(directory), directory / LOCK):
        with suppress(OSError):
            status = path.stat()
            found[str(path)] = (status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev)
    return found
