"""When to keep quiet: somebody asks too fast, two people talk, or the same was just said."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from typing import Final, Literal

from discord import app_commands

from bot.discordapp.recent import Recent

PERSON: Final = (6, 20.0)
CHANNEL: Final = (20, 30.0)
"""Questions in seconds that are answered at most."""
TOPIC: Final = 1_800.0
"""Seconds for which the same is not said again, unasked, in a channel."""
TALK: Final = 60.0
"""Seconds within which messages belong to one talk."""
_LAST: Final = 6

Clock = Callable[[], float]


class Pace:
    """How fast one person, and all in one channel, are answered."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self.refused: Counter[str] = Counter({"person": 0, "channel": 0})
        """How often somebody had to wait, by whose turn it was not."""
        self._kept: Recent[app_commands.Cooldown] = Recent(max(PERSON[1], CHANNEL[1]) * 2, 20_000, clock)
        self._told: Recent[bool] = Recent(CHANNEL[1], 5_000, clock)

    def wait(self, user: int, channel: int | None) -> tuple[Literal["person", "channel"], int] | None:
        """Whose turn is not yet, and for how many seconds; None if the question may be answered, which counts it."""
        now = self._clock()
        limits = [("person", user, PERSON)] + ([("channel", channel, CHANNEL)] if channel is not None else [])
        found = [(whose, self._of((whose, key), limit)) for whose, key, limit in limits]
        for whose, cooldown in found:
            if cooldown.get_tokens(now) < 1:
                seconds = max(1, round(cooldown.get_retry_after(now)))
                self.refused[whose] += 1
                return ("person" if whose == "person" else "channel"), seconds
        for _, cooldown in found:
            cooldown.update_rate_limit(now)
        return None

    def tell(self, user: int, channel: int | None) -> bool:
        """Whether to say so: once in a while is friendly, each time is noise."""
        if self._told.get((user, channel)):
            return False
        self._told.put((user, channel), True)
        return True

    def _of(self, key: Hashable, limit: tuple[int, float]) -> app_commands.Cooldown:
        cooldown = self._kept.get(key) or app_commands.Cooldown(*limit)
        self._kept.put(key, cooldown)
        return cooldown


class Talk:
    """Who spoke lately in a channel."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._spoke: Recent[deque[tuple[float, int]]] = Recent(TALK, 5_000, clock)

    def heard(self, channel: int, user: int) -> bool:
        """Note a message; tells whether it stands in the middle of a talk.

        It does if its author and somebody else have both just written, or two others have.
        """
        now = self._clock()
        spoke = self._spoke.get(channel) or deque(maxlen=_LAST)
        lately = [who for when, who in spoke if now - when <= TALK]
        spoke.append((now, user))
        self._spoke.put(channel, spoke)
        return len(set(lately)) >= 2


class Topics:
    """What was said lately in a channel without being asked to."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._said: Recent[bool] = Recent(TOPIC, 20_000, clock)

    def fresh(self, channel: int, entry: str) -> bool:
        """Whether it has not been said there in a while."""
        return not self._said.get((channel, entry))

    def said(self, channel: int, entry: str) -> None:
        """Note that it was."""
        self._said.put((channel, entry), True)
