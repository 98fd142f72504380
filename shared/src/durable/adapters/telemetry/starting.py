"""Starts the SDK's providers and the exporters behind them, and gives the `Tracing` that feeds them.

1. With Application Insights the providers are those of its distribution, so that live metrics and the like see our
   spans; its sampler, which keeps five traces a second and decides in each service anew, is not used.
2. Handlers may use OpenTelemetry as they like: the providers are the global ones, and its current span is ours.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from opentelemetry import trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.metrics import get_meter_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased

from durable.adapters.telemetry.current import Entered
from durable.adapters.telemetry.ended import ended_span
from durable.adapters.telemetry.exported_lines import ExportedLines, exported_lines
from durable.adapters.telemetry.leaving import Leaving
from durable.adapters.telemetry.metering import ExportedMetrics, PeriodicExport
from durable.adapters.telemetry.span_queue import Send, SpanQueue
from durable.telemetry.metrics import Metrics
from durable.telemetry.settings import TelemetrySettings
from durable.telemetry.span import Span
from durable.telemetry.tracing import Tracing

# The queue of the SDK, which spans for Application Insights pass, would otherwise hold 2,048: too few for a flush.
_DEFAULTS = {
    "OTEL_BSP_MAX_QUEUE_SIZE": "32768",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512",
    "OTEL_BLRP_SCHEDULE_DELAY": "1000",
}
STOP_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Started:
    """What runs for the telemetry of this process.

    Attributes:
        tracing: where its spans go.
        queue: what holds them until they leave.
        exports: what sends its metrics.
        lines: what sends its log lines; `None` if nobody takes them.
    """

    tracing: Tracing
    queue: SpanQueue
    exports: tuple[PeriodicExport, ...]
    lines: ExportedLines | None


def started_telemetry(settings: TelemetrySettings, metrics: Metrics) -> Started:
    """Start the providers and exporters for this process."""
    resource = _resource(settings)
    tracing, queue = _started_tracing(settings, resource, metrics)
    lines = exported_lines(settings, resource)
    if lines is not None:
        logging.getLogger().addHandler(lines)
    return Started(tracing, queue, tuple(_started_exports(settings, resource, metrics)), lines)


def _started_exports(settings: TelemetrySettings, resource: Resource, metrics: Metrics) -> Iterator[PeriodicExport]:
    if settings.connection_string:
        from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter

        from durable.adapters.telemetry.insights import exporter_options

        exported = ExportedMetrics(metrics, resource, AggregationTemporality.DELTA)
        exporter = AzureMonitorMetricExporter(**exporter_options(settings))
        yield PeriodicExport(exported, exporter, settings.metrics_every)
    if "metrics" in settings.otlp:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

        exported = ExportedMetrics(metrics, resource, AggregationTemporality.CUMULATIVE)
        yield PeriodicExport(exported, OTLPMetricExporter(), settings.metrics_every)


def _started_tracing(settings: TelemetrySettings, resource: Resource, metrics: Metrics) -> tuple[Tracing, SpanQueue]:
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    ratio = TraceIdRatioBased(settings.ratio)
    if settings.connection_string:
        from durable.adapters.telemetry.insights import configure_insights

        configure_insights(settings, resource)
    else:
        trace.set_tracer_provider(TracerProvider(sampler=ParentBased(ratio), resource=resource))
    provider = _provider()
    # The distribution asks for a sampler by name; what is sampled is decided once for all services.
    provider.sampler = ParentBased(ratio)
    sends: list[Send] = []
    if settings.connection_string:
        sends.append(_handing_over(provider, resource))
    if "traces" in settings.otlp:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        from durable.adapters.telemetry.otlp import OtlpSpans

        sends.append(OtlpSpans(OTLPSpanExporter(), resource).send)
        # What handlers tell by the SDK's tracers; added after `sends`, which must not go this way as well.
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    queue = SpanQueue(sends, metrics)
    leaving = Leaving(partial(_flush, queue, provider))
    return Tracing(_taking(queue, leaving), settings.broker, _samples(ratio), Entered, leaving.leave), queue


def stop_telemetry(started: Started) -> None:
    """Send what is queued, and end the threads of the exporters; what is not out by `STOP_WITHIN` seconds is lost."""
    if started.lines is not None:
        logging.getLogger().removeHandler(started.lines)
    # A collector that is away would hold up the end of the process for minutes; so would what they do at exit.
    providers = _providers()
    for provider in providers:
        atexit.unregister(provider.shutdown)

    def stop_spans() -> None:
        started.queue.flush()
        _provider().shutdown()

    others = [provider.shutdown for provider in providers if provider is not trace.get_tracer_provider()]
    stops = [stop_spans, *others, *(export.stop for export in started.exports)]
    threads = [threading.Thread(target=stop, name="telemetry stops", daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    end = time.monotonic() + STOP_WITHIN
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))


def _providers() -> list[TracerProvider | LoggerProvider | MeterProvider]:
    """Give the SDK's providers of this process, of all signals."""
    found: list[object] = [trace.get_tracer_provider(), get_logger_provider(), get_meter_provider()]
    if "azure.monitor.opentelemetry" in sys.modules:
        from durable.adapters.telemetry.insights import provider_of_live_metrics

        found.append(provider_of_live_metrics())
    return [provider for provider in found if isinstance(provider, TracerProvider | LoggerProvider | MeterProvider)]


def _handing_over(provider: TracerProvider, resource: Resource) -> Send:
    """Hand our spans to the processors that the provider has by now, as if its own tracers had made them."""
    processors = provider._active_span_processor  # noqa: SLF001 - the SDK has no way in for spans that have ended
    on_ends = [cast("Callable[[ReadableSpan], None]", one.on_end) for one in processors._span_processors]  # noqa: SLF001 - likewise

    def send(spans: Sequence[Span]) -> None:
        for span in spans:
            ended = ended_span(span, resource)
            for on_end in on_ends:
                on_end(ended)

    return send


def _flush(queue: SpanQueue, provider: TracerProvider) -> None:
    queue.flush()
    provider.force_flush()


def _taking(queue: SpanQueue, leaving: Leaving) -> Callable[[Span], None]:
    enqueue, soon = queue.take, leaving.soon

    def take(span: Span) -> None:
        enqueue(span)
        soon()

    return take


def _samples(ratio: TraceIdRatioBased) -> Callable[[int], bool]:
    return lambda trace_id: ratio.should_sample(None, trace_id, "").decision is Decision.RECORD_AND_SAMPLE


def _provider() -> TracerProvider:
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    return provider


def _resource(settings: TelemetrySettings) -> Resource:
    ours = {
        "service.namespace": settings.namespace,
        "service.name": settings.service,
        "service.instance.id": settings.instance,
    }
    told = OTELResourceDetector().detect()
    return Resource.create({}).merge(Resource(ours)).merge(told)
