"""What telemetry tells of itself: spans handed over, waiting and dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.trace import TracerProvider

from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import SPANS_DROPPED, SPANS_QUEUED, SPANS_TOLD


class SpanCounts:
    """Counts the spans of one provider. Two threads that count at the same time may lose one."""

    def __init__(self, provider: TracerProvider, metrics: Metrics) -> None:
        self.told = 0
        self.dropped = 0
        self.queues = tuple(_queues(provider))
        metrics.watch(SPANS_TOLD, self, lambda counts: counts.told)
        metrics.watch(SPANS_DROPPED, self, lambda counts: counts.dropped)
        metrics.watch(SPANS_QUEUED, self, lambda counts: sum(map(len, counts.queues)))

    def count(self) -> None:
        """Count a span that is about to be handed over; a queue that is full drops its oldest for it."""
        self.told += 1
        for queue in self.queues:
            if len(queue) == queue.maxlen:
                self.dropped += 1


def _queues(provider: TracerProvider) -> Iterator[deque[Any]]:
    """Find the queues of the processors; none if the inside of the SDK has changed."""
    multi = getattr(provider, "_active_span_processor", None)
    for processor in getattr(multi, "_span_processors", ()):
        queue = getattr(getattr(processor, "_batch_processor", None), "_queue", None)
        if isinstance(queue, deque):
            yield queue
