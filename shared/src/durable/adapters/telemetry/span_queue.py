"""Our spans on their way out of the process: a bounded queue, and who sends what is in it.

1. Telling a span costs one append. Whatever it takes to write and send it happens in the thread that flushes.
2. The queue is bounded: when it is full, the oldest spans make room, and are counted.
3. Spans of others, told by OpenTelemetry's own tracers, have their own processors; a flush has those send too.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import SPANS_DROPPED, SPANS_QUEUED, SPANS_TOLD
from durable.telemetry.span import Span

QUEUE_MAX = 32_768
BATCH_MAX = 512
Send = Callable[[Sequence[Span]], object]


class SpanQueue:
    """Holds spans until they are flushed. Several threads that tell spans at the same time may miscount by one."""

    def __init__(self, sends: Sequence[Send], metrics: Metrics) -> None:
        """Give each batch to all of `sends`, which never raise for want of a collector."""
        self._sends = sends
        self._spans: deque[Span] = deque(maxlen=QUEUE_MAX)
        self._flushing = threading.Lock()
        self.told = 0
        self.dropped = 0
        metrics.watch(SPANS_TOLD, self, lambda queue: queue.told)
        metrics.watch(SPANS_DROPPED, self, lambda queue: queue.dropped)
        metrics.watch(SPANS_QUEUED, self, len)

    def __len__(self) -> int:
        return len(self._spans)

    def take(self, span: Span) -> None:
        """Have a span sent with the next flush."""
        self.told += 1
        if len(self._spans) == QUEUE_MAX:
            self.dropped += 1
        self._spans.append(span)

    def flush(self) -> None:
        """Send all spans that were told by now; blocks, one thread at a time."""
        with self._flushing:
            left = len(self._spans)
            while left > 0 and self._spans:
                batch = [self._spans.popleft() for _ in range(min(BATCH_MAX, left, len(self._spans)))]
                left -= len(batch)
                for send in self._sends:
                    send(batch)
