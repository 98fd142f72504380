"""How much may wait for the broker at a time: what comes beyond is told to come again later.

1. A place is taken for each event, by its count and its bytes, from before it is sent until the outcome is known.
2. An empty room takes whatever comes, so that nothing is too large for ever.
3. Whoever can't be told to come later (a queue, a folder) takes places regardless: such a source is read again only
   once the broker has what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from durable.http.problem import Problem, ProblemType
from durable.messages import Message

WAITING_BYTES_MAX = 64 * 1024 * 1024
SLOW_SECONDS = 1
AWAY_SECONDS = 5


class WaitingRoom:
    """Counts what waits for the broker."""

    def __init__(self, events_max: int, bytes_max: int = WAITING_BYTES_MAX) -> None:
        self._events_max = events_max
        self._bytes_max = bytes_max
        self._events = 0
        self._bytes = 0
        self.broker_is_away = False

    def why_not_ready(self) -> str:
        """Tell what holds up the events that wait; no text if nothing does, as far as is known.

        A broker that was away is not held against a process in which nothing waits any more: only the next event tells.
        """
        if not self.broker_is_away or not self._events:
            return ""
        return f"the broker does not confirm; events that wait: {self._events}"

    def check_open(self) -> None:
        """Refuse a request before anything of it is read, when there is no place at all.

        Raises:
            Problem: come again later.
        """
        if self._events >= self._events_max or self._bytes >= self._bytes_max:
            raise self._busy()

    @contextmanager
    def places(self, messages: Sequence[Message]) -> Iterator[None]:
        """Hold a place for each message while the block runs.

        Raises:
            Problem: there are too few; come again later.
        """
        events, size = len(messages), _bytes_of(messages)
        fits = self._events + events <= self._events_max and self._bytes + size <= self._bytes_max
        if self._events and not fits:
            raise self._busy()
        with self.places_regardless(messages):
            yield

    @contextmanager
    def places_regardless(self, messages: Sequence[Message]) -> Iterator[None]:
        """Hold a place for each message while the block runs, be there one or not."""
        events, size = len(messages), _bytes_of(messages)
        self._events += events
        self._bytes += size
        try:
            yield
        finally:
            self._events -= events
            self._bytes -= size

    def _busy(self) -> Problem:
        seconds = AWAY_SECONDS if self.broker_is_away else SLOW_SECONDS
        how = "does not answer" if self.broker_is_away else "takes them more slowly than they come"
        return Problem(
            ProblemType.BUSY,
            f"expected fewer than {self._events_max} events to wait for the broker, which {how}; found {self._events} "
            f"({self._bytes} bytes). Nothing of this request was taken: send it again after {seconds} s",
            headers={"Retry-After": str(seconds)},
        )


def _bytes_of(messages: Sequence[Message]) -> int:
    return sum(len(message.body) for message in messages)
