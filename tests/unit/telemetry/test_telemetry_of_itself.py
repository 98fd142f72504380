"""What the telemetry of a process tells of itself, and of its event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from durable.adapters.telemetry.own import SpanCounts
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import LOG_LINES, LOOP_LAG, SPANS_DROPPED, SPANS_QUEUED, SPANS_TOLD
from durable.telemetry.metrics.lag import watch_loop
from durable.telemetry.metrics.lines import CountedLines


class Held(SpanExporter):
    """Exports nothing before it may."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.begun.set()
        self.may_go_on.wait(20)
        return SpanExportResult.SUCCESS


def test_spans_that_do_not_fit_into_the_queue_are_counted() -> None:
    provider, exporter, metrics = TracerProvider(), Held(), Metrics()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=4, max_export_batch_size=2))
    counts, tracer = SpanCounts(provider, metrics), provider.get_tracer("t")

    def tell(number: int) -> None:
        for _ in range(number):
            counts.count()
            tracer.start_span("s").end()

    tell(2)
    assert exporter.begun.wait(20)
    assert metrics.value(SPANS_QUEUED) == 0
    tell(7)
    assert (metrics.value(SPANS_TOLD), metrics.value(SPANS_QUEUED), metrics.value(SPANS_DROPPED)) == (9, 4, 3)
    exporter.may_go_on.set()
    provider.shutdown()


def test_a_provider_without_queues_is_no_error() -> None:
    metrics = Metrics()
    counts = SpanCounts(TracerProvider(), metrics)
    counts.count()
    assert (metrics.value(SPANS_TOLD), metrics.value(SPANS_QUEUED)) == (1, 0)


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
