"""What comes in: each question once, and no more of them at a time than the bot can carry."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

import discord

from bot.discordapp import errors
from bot.discordapp.recent import Recent
from bot.discordapp.words import language_of
from bot.locales import say

_log = logging.getLogger(__name__)

OPEN: Final = 60
"""Messages, and as many interactions, that are worked on at a time: messages may have to wait for Discord's
rate limits, and an interaction has three seconds."""
BURST: Final = 200
"""Interactions that may come in one moment ..."""
PROMPT: Final = 0.5
"""... and seconds within which one must be done with to take more than `OPEN` of them."""
APOLOGIES: Final = 200
"""People who are told at a time that the bot is busy; that takes much less than an answer."""
CALM: Final = 10
"""Questions open at a time up to which there is leisure for what an answer can do without."""
OVERHEARD: Final = 1000
"""Messages that the bot may read without being spoken to; nearly all are done with at once."""
REMEMBERED: Final = 10_000
"""Questions whose id is kept, to know them when they come again ..."""
REMEMBERED_SECONDS: Final = 900.0
"""... and for how long: an interaction lives 15 minutes, and a session can be resumed for less."""
FINISH: Final = 5.0
"""Seconds that open questions have when the bot is stopped."""
AUTOCOMPLETE: Final = 4

Parser = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that wants exactly one answer."""

    kind: Literal["message", "interaction"]
    id: str
    overheard: bool = field(default=False, compare=False)
    """Whether it was said to somebody else."""

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


asked: ContextVar[Question | None] = ContextVar("asked", default=None)
"""The question that the running task belongs to."""


class Intake:
    """Stands between the gateway and the library's parsers."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._seen: Recent[bool] = Recent(REMEMBERED_SECONDS, REMEMBERED)
        self._tasks: dict[asyncio.Task[Any], Question] = {}
        self._open: Counter[Question] = Counter()
        """Questions, with the number of their tasks that are not done."""
        self._since: dict[Question, float] = {}
        """When they came, by the monotonic clock in seconds; the first one first."""
        self._alike: Counter[tuple[str, bool]] = Counter()
        """The number of open questions of a kind, overheard or not."""
        self._apologies: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def open(self) -> tuple[Question, ...]:
        """Questions that are worked on now."""
        return tuple(self._open)

    @property
    def busy(self) -> bool:
        """Whether so many wait for an answer that it should be a plain one."""
        return self._alike["message", False] + self._alike["interaction", False] > CALM

    def guard(self, parsers: Mapping[str, Parser]) -> dict[str, Parser]:
        """The same parsers, for what the bot can do with it; without READY there is nothing to go on with."""
        return {
            event: parser if event == "READY" else partial(self._take, event, parser)
            for event, parser in parsers.items()
        }

    async def finish(self) -> None:
        """Take nothing new, and give what is open a little time; what is left then is named in the log."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=FINISH)
        for question in self._open:
            _log.error("%s: not answered, the bot was stopped", question)

    def _take(self, event: str, parser: Parser, data: Any) -> None:
        """Give one event to its parser; nothing that it holds stops the bot."""
        try:
            if event == "MESSAGE_CREATE" and self._hidden(data):
                return
            question = self._question(event, data)
            if question is None:
                parser(data)
            elif self._admit(question, data):
                with self._working_on(question):
                    parser(data)
        except Exception as error:
            id = data.get("id") if isinstance(data, dict) else None
            _log.warning("event %s (id %.40s) can not be read: %.200r", event, id, error)

    def _hidden(self, data: Any) -> bool:
        """Whether Discord does not show the text of a message: nearly all, and there is nothing to do about them."""
        return not data["content"] and data.get("guild_id") is not None and not self._spoken_to(data)

    def _spoken_to(self, data: Any) -> bool:
        own = str(self._client.user.id) if self._client.user else None
        return data.get("guild_id") is None or any(user["id"] == own for user in data["mentions"])

    def _question(self, event: str, data: Any) -> Question | None:
        """What may want an answer, as far as one event tells."""
        if event == "INTERACTION_CREATE":
            return Question("interaction", str(data["id"]))
        if event != "MESSAGE_CREATE" or data["author"].get("bot"):
            return None
        return Question("message", str(data["id"]), overheard=not self._spoken_to(data))

    def _admit(self, question: Question, data: Any) -> bool:
        if self._seen.get(question):
            _log.info("%s: came again, and is answered once", question)
            return False
        self._seen.put(question, True)
        if self._closed:
            _log.warning("%s: not taken, the bot is being stopped", question)
            return False
        alike = self._alike[_kind(question)]
        if alike >= self._most(question):
            _log.warning("%s: not taken, the bot is busy with %d others", question, alike)
            self._apologise(question, data)
            return False
        return True

    def _most(self, question: Question) -> int:
        """How many like it may be open."""
        if question.kind == "message":
            return OVERHEARD if question.overheard else OPEN
        # The first of them waits longest.
        oldest = next((since for other, since in self._since.items() if other.kind == question.kind), None)
        return OPEN if oldest is not None and time.monotonic() - oldest > PROMPT else BURST

    @contextmanager
    def _working_on(self, question: Question) -> Iterator[None]:
        """Every task that is begun inside belongs to the question."""
        loop = asyncio.get_running_loop()
        before = loop.get_task_factory()

        def make(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **given: Any) -> asyncio.Task[Any]:
            task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **given)
            self._tasks[task] = question
            if question not in self._open:
                self._since[question] = time.monotonic()
                self._alike[_kind(question)] += 1
            self._open[question] += 1
            task.add_done_callback(self._done)
            return task

        token = asked.set(question)
        loop.set_task_factory(make)  # type: ignore[arg-type]
        try:
            yield
        finally:
            loop.set_task_factory(before)
            asked.reset(token)

    def _done(self, task: asyncio.Task[Any]) -> None:
        question = self._tasks.pop(task)
        self._open[question] -= 1
        if not self._open[question]:
            del self._open[question], self._since[question]
            self._alike[_kind(question)] -= 1

    def _apologise(self, question: Question, data: Any) -> None:
        """Tell whoever used a command that the bot is busy; beyond a bound, the log line is all."""
        if question.kind == "message" or data["type"] == AUTOCOMPLETE or len(self._apologies) >= APOLOGIES:
            return
        interaction: discord.Interaction[Any] = discord.Interaction(data=data, state=self._client._connection)
        sorry = errors.tell(interaction, say(language_of(interaction), "discord.error.busy"))
        task = asyncio.create_task(sorry, name=f"busy: {question}")
        self._apologies.add(task)
        task.add_done_callback(self._apologies.discard)


def _kind(question: Question) -> tuple[str, bool]:
    return question.kind, question.overheard
