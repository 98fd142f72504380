"""How much of a service one caller may have, and all callers together.

1. Each caller has a bucket of requests that fills evenly and holds what one second brings: who asks for more is told to
   come later, and harms no other.
2. Requests under way are counted, and so are the bytes of their bodies while they are in memory: many large ones
   at a time are told to come later too.
3. Of callers that were not seen for a while the buckets are full; they are forgotten when there are too many.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from durable.http.problem import Problem, ProblemType

CALLERS_MAX = 10_000
HELD_BYTES_MAX = 256 * 1024 * 1024
PLACE = "durable.place"
RETRY_AFTER = {"Retry-After": "1"}


@dataclass(slots=True)
class _Bucket:
    requests: float
    at: float


class Rates:
    """Counts requests by caller."""

    def __init__(self, per_second: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def take(self, caller: str) -> None:
        """Take one request out of the bucket of a caller.

        Raises:
            Problem: it is empty.
        """
        now = self._now()
        bucket = self._buckets.get(caller)
        if bucket is None:
            if len(self._buckets) >= CALLERS_MAX:
                self._forget(now)
            bucket = self._buckets[caller] = _Bucket(float(self._per_second), now)
        bucket.requests = min(self._per_second, bucket.requests + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.requests < 1:
            raise _busy(
                f"expected at most {self._per_second} requests a second of one caller (REQUESTS_PER_SECOND_MAX)"
            )
        bucket.requests -= 1

    def _forget(self, now: float) -> None:
        """Forget whose bucket is full again, or else who was first."""
        full = [name for name, bucket in self._buckets.items() if now - bucket.at >= 1]
        for name in full or [next(iter(self._buckets))]:
            del self._buckets[name]


class Places:
    """Counts the requests that are under way, and the bytes of their bodies that are in memory."""

    def __init__(self, most: int, held_bytes_max: int = HELD_BYTES_MAX) -> None:
        self._most = most
        self._held_bytes_max = held_bytes_max
        self._taken = 0
        self._held_bytes = 0

    def take(self) -> Place:
        """Take a place; it must be given back.

        Raises:
            Problem: none is free.
        """
        if self._taken >= self._most:
            raise _busy(f"expected at most {self._most} requests at a time (REQUESTS_AT_ONCE_MAX)")
        self._taken += 1
        return Place(self)

    def hold(self, count: int) -> None:
        """Count bytes that are kept; the first may keep as many as it has, so that nothing is too large for ever.

        Raises:
            Problem: there are too many.
        """
        if self._held_bytes and self._held_bytes + count > self._held_bytes_max:
            raise _busy(f"expected bodies of at most {self._held_bytes_max} bytes in memory at a time")
        self._held_bytes += count

    def give_back(self, place: Place) -> None:
        """Give back a place that was taken, and what it holds."""
        self._taken -= 1
        self._held_bytes -= place.held_bytes


@dataclass(slots=True)
class Place:
    """The place of one request."""

    places: Places
    held_bytes: int = 0

    def hold(self, count: int) -> None:
        """Count bytes of its body; errors as `Places.hold`."""
        self.places.hold(count)
        self.held_bytes += count


def _busy(detail: str) -> Problem:
    return Problem(ProblemType.BUSY, detail, headers=RETRY_AFTER)
