"""What was said a moment ago, so that a follow-up can be understood.  Memory only, and bounded."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

FOLLOW_UP_SECONDS: Final = 300.0
CAPACITY: Final = 1000

T = TypeVar("T")


class Recent(Generic[T]):
    """A mapping that forgets: entries older than `seconds`, and the oldest beyond `capacity`."""

    def __init__(
        self,
        seconds: float = FOLLOW_UP_SECONDS,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._capacity, self._clock = seconds, capacity, clock
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, key: Hashable, value: T) -> None:
        """Remember, and forget what is too old or too much."""
        now = self._clock()
        self._kept[key] = (now, value)
        self._kept.move_to_end(key)
        while self._kept:
            oldest, (when, _) = next(iter(self._kept.items()))
            if len(self._kept) <= self._capacity and now - when <= self._seconds:
                break
            del self._kept[oldest]

    def get(self, key: Hashable) -> T | None:
        """What was put under the key, unless it was too long ago."""
        when, value = self._kept.get(key, (0.0, None))
        return value if value is not None and self._clock() - when <= self._seconds else None

    def drop(self, wanted: Callable[[Hashable], bool]) -> None:
        """Forget all keys for which `wanted` is true."""
        for key in [key for key in self._kept if wanted(key)]:
            del self._kept[key]
