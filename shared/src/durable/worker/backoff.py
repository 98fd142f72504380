"""How long to wait before the outside is asked again: longer each time, never in step with other replicas."""

from __future__ import annotations

from datetime import timedelta
from random import Random

FIRST = timedelta(milliseconds=100)
MOST = timedelta(seconds=5)


class Backoff:
    """Delays of one row of failures: each up to double the last, half to all of it taken at random."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._next = FIRST

    def reset(self) -> None:
        """The outside is well again."""
        self._next = FIRST

    def delay(self) -> float:
        """Give the next delay in seconds."""
        whole = self._next.total_seconds()
        self._next = min(self._next * 2, MOST)
        return whole * self._random.uniform(0.5, 1.0)
