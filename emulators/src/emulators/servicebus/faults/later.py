"""What was put off: it happens by the clock of the endpoint, at once when that is put forward by hand."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count

from emulators.servicebus.wire.hub import Hub

Action = Callable[[], None]


class Later:
    """Actions with a time, earliest first; those of one time in the order in which they were put off."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[int, int, Action]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None
        hub.clock.on_jump(self._run)

    def after(self, delay: timedelta, action: Action) -> None:
        """Do something when the delay has passed."""
        due = self._hub.clock.now() + round(delay / timedelta(milliseconds=1))
        heappush(self._heap, (due, next(self._numbers), action))
        self._set_timer()

    def soon(self, action: Action) -> None:
        """Do something when the turn is over."""
        self._loop.call_soon(self._act, action)

    def stop(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._set_timer()

    def _run(self) -> None:
        now = self._hub.clock.now()
        while self._heap and self._heap[0][0] <= now:
            self._act(heappop(self._heap)[2])
        self._set_timer()

    def _act(self, action: Action) -> None:
        action()
        self._hub.schedule_turn()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap:
            wait = max(0, self._heap[0][0] - self._hub.clock.now()) / 1000
            self._timer = self._loop.call_later(wait, self._run)
