"""What the telemetry of a process tells of itself, and of its event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from durable.adapters.telemetry import span_queue
from durable.adapters.telemetry.span_queue import BATCH_MAX, SpanQueue
from durable.telemetry.context import TraceContext
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import LOG_LINES, LOOP_LAG, SPANS_DROPPED, SPANS_QUEUED, SPANS_TOLD
from durable.telemetry.metrics.lag import watch_loop
from durable.telemetry.metrics.lines import CountedLines
from durable.telemetry.span import Kind, Span

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_span(number: int) -> Span:
    return Span(f"{number}", Kind.INTERNAL, TraceContext(1, number + 1), 0, NOW, NOW)


def test_spans_that_do_not_fit_into_the_queue_are_counted_and_the_newest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_queue, "QUEUE_MAX", 4)
    sent: list[str] = []
    metrics = Metrics()
    queue = SpanQueue([lambda spans: sent.extend(span.name for span in spans)], metrics)

    for number in range(7):
        queue.take(a_span(number))
    assert (metrics.value(SPANS_TOLD), metrics.value(SPANS_QUEUED), metrics.value(SPANS_DROPPED)) == (7, 4, 3)

    queue.flush()
    assert sent == ["3", "4", "5", "6"]
    assert metrics.value(SPANS_QUEUED) == 0


def test_everybody_is_sent_every_batch() -> None:
    batches: list[list[int]] = [[], []]
    sends = [lambda spans, to=to: to.append(len(spans)) for to in batches]
    queue = SpanQueue(sends, Metrics())
    for number in range(BATCH_MAX + 1):
        queue.take(a_span(number))

    queue.flush()

    assert batches == [[BATCH_MAX, 1], [BATCH_MAX, 1]]


def test_a_flush_sends_what_was_told_before_it_and_ends() -> None:
    queue: SpanQueue

    def send(spans: Sequence[Span]) -> None:
        queue.take(a_span(99))

    queue = SpanQueue([send], Metrics())
    queue.take(a_span(0))

    queue.flush()

    assert len(queue) == 1


async def test_what_blocks_the_loop_is_measured() -> None:
    metrics = Metrics()
    watch_loop(metrics)
    threading.Event().wait(0.8)  # The loop stands still meanwhile.
    async with asyncio.timeout(10):
        while metrics.value(LOOP_LAG) == 0:  # noqa: ASYNC110 - a timer of the loop is waited for.
            await asyncio.sleep(0)

    (reading,) = metrics.read()
    assert not isinstance(reading.value, float | int)
    assert reading.value.sum >= 0.25


def test_lines_at_warning_and_above_are_counted() -> None:
    metrics, logger = Metrics(), logging.getLogger("tests.counted")
    handler = CountedLines(metrics)
    logger.addHandler(handler)
    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.ERROR):
        logger.log(level, "said")
    logger.removeHandler(handler)

    assert (metrics.value(LOG_LINES, "INFO"), metrics.value(LOG_LINES, "WARNING")) == (0, 1)
    assert metrics.value(LOG_LINES, "ERROR") == 2
