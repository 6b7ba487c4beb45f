"""What was asked and how it went: numbers alone, in memory, since the start.  No text is kept.

Questions and commands count; following a link from a reply to the next does not.
"""

from __future__ import annotations

import datetime
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from bot.core.reply import Outcome, Reply

Surface = Literal["web", "discord"]

ENTRIES: Final = 500
"""Entries that are counted at a time; a new one takes the place of the rarest."""
TIMES: Final = 2000
"""Answers of which the time is kept."""
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0)
"""Upper bounds, in seconds, by which the time of answers is counted."""
MINUTES: Final = 60
TOP: Final = 15


class Minute(msgspec.Struct):
    """Replies of one minute."""

    answer: int = 0
    choose: int = 0
    no_answer: int = 0


class Speed(msgspec.Struct, frozen=True):
    """Milliseconds that the core took, of the latest replies."""

    count: int
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None
    slowest: float | None = None


class Top(msgspec.Struct, frozen=True):
    """How often an entry was the answer."""

    entry: str
    count: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All numbers at one moment."""

    since: datetime.datetime
    total: int
    outcomes: dict[str, int]
    languages: dict[str, int]
    """By the language of the question."""
    surfaces: dict[str, int]
    kinds: dict[str, int]
    """By what was answered with."""
    intents: dict[str, int]
    corrected: int
    """Replies that set a misconception right."""
    minutes: list[Minute]
    """The last hour, the present minute last."""
    speed: Speed
    top: list[Top]


class Insights:
    """Counts replies.  Every surface calls `record`; it takes microseconds and bounded memory."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells seconds since 1970."""
        self._clock = clock
        self._since = datetime.datetime.fromtimestamp(clock(), datetime.UTC)
        self._total = 0
        self.corrected = 0
        """Replies that set a misconception right."""
        self.replies: Counter[tuple[str, str, str]] = Counter()
        """By surface, outcome and language."""
        self.buckets = [0] * (len(BUCKETS) + 1)
        """Answers by their time: up to each of `BUCKETS`, and above."""
        self.seconds = 0.0
        """Time of all answers together."""
        self._outcomes: Counter[str] = Counter({outcome.value: 0 for outcome in Outcome})
        self._languages: Counter[str] = Counter()
        self._surfaces: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._intents: Counter[str] = Counter()
        self._entries: Counter[str] = Counter()
        self._times: deque[float] = deque(maxlen=TIMES)
        self._minutes: dict[int, Minute] = {}

    def record(self, reply: Reply, *, surface: Surface, elapsed_ms: float | None = None) -> None:
        """Count one reply."""
        self._total += 1
        self._outcomes[reply.outcome.value] += 1
        self._languages[reply.language] += 1
        self._surfaces[surface] += 1
        self.corrected += bool(reply.misconceptions)
        if reply.intent:
            self._intents[reply.intent.value] += 1
        if reply.outcome is Outcome.ANSWER and reply.entry:
            self._kinds[reply.kind.value if reply.kind else "misconception"] += 1
            self._count_entry(reply.entry)
        self.replies[surface, reply.outcome.value, reply.language] += 1
        if elapsed_ms is not None:
            self._times.append(elapsed_ms)
            self.seconds += elapsed_ms / 1000
            self.buckets[bisect_left(BUCKETS, elapsed_ms / 1000)] += 1
        minute = self._minutes.setdefault(self._minute(), Minute())
        setattr(minute, reply.outcome.value, getattr(minute, reply.outcome.value) + 1)
        for old in [m for m in self._minutes if m <= self._minute() - MINUTES]:
            del self._minutes[old]

    def report(self) -> Report:
        """The numbers now."""
        now = self._minute()
        return Report(
            since=self._since,
            total=self._total,
            outcomes=dict(self._outcomes),
            languages=dict(self._languages.most_common()),
            surfaces=dict(self._surfaces.most_common()),
            kinds=dict(self._kinds.most_common()),
            intents=dict(self._intents.most_common()),
            corrected=self.corrected,
            minutes=[self._minutes.get(m, Minute()) for m in range(now - MINUTES + 1, now + 1)],
            speed=self._speed(),
            top=[Top(entry, count) for entry, count in self._entries.most_common(TOP)],
        )

    def _minute(self) -> int:
        return int(self._clock() // 60)

    def _count_entry(self, entry: str) -> None:
        if entry not in self._entries and len(self._entries) >= ENTRIES:
            # The newcomer inherits the rarest one's count: what is asked often stays in any case.
            rarest, count = min(self._entries.items(), key=lambda item: item[1])
            del self._entries[rarest]
            self._entries[entry] = count
        self._entries[entry] += 1

    def _speed(self) -> Speed:
        times = sorted(self._times)
        if not times:
            return Speed(0)

        def at(share: float) -> float:
            return round(times[min(int(len(times) * share), len(times) - 1)], 3)

        return Speed(len(times), at(0.5), at(0.9), at(0.99), round(times[-1], 3))
