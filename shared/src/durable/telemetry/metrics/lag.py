"""How late the event loop is: what blocks it holds up everything in the process."""

from __future__ import annotations

import asyncio

from durable.telemetry.metrics.declared import LOOP_LAG
from durable.telemetry.metrics.recorded import Metrics

EVERY = 0.5


class LoopLag:
    """Sets a timer twice a second and measures how late it rings, for as long as the loop runs."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._set()

    def _set(self) -> None:
        self._due = self._loop.time() + EVERY
        self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._metrics.observe(LOOP_LAG, max(self._loop.time() - self._due, 0.0))
        self._set()


def watch_loop(metrics: Metrics) -> None:
    """Measure the running loop until it is closed."""
    LoopLag(metrics)
