"""Starts the SDK's providers and the exporters behind them, and gives the `Tracing` that feeds them.

1. With Application Insights the providers are those of its distribution, so that live metrics and the like see our
   spans; its sampler, which keeps five traces a second and decides in each service anew, is not used.
2. Handlers may use OpenTelemetry as they like: the providers are the global ones, and its current span is ours.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, cast

from opentelemetry import trace
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased

from durable.adapters.telemetry.current import Entered
from durable.adapters.telemetry.ended import ended_span
from durable.telemetry.settings import TelemetrySettings
from durable.telemetry.span import Span
from durable.telemetry.tracing import Tracing

# What the SDK would otherwise use holds 2,048 spans and sends them every 5 s: too few for a busy replica, and too late
# for whoever looks at a run, or kills the process.
_DEFAULTS = {
    "OTEL_BSP_MAX_QUEUE_SIZE": "32768",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512",
    # Telemetry of the exporter about itself, to servers that nobody was told of.
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
}
STOP_WITHIN = 5.0
_INSTRUMENTED = ("azure_sdk", "django", "fastapi", "flask", "psycopg2", "requests", "urllib", "urllib3")


def started_tracing(settings: TelemetrySettings) -> Tracing:
    """Start the providers for this process, and give where its spans go."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    resource = _resource(settings)
    ratio = TraceIdRatioBased(settings.ratio)
    if settings.connection_string:
        _configure_azure(settings, resource)
    else:
        trace.set_tracer_provider(TracerProvider(sampler=ParentBased(ratio), resource=resource))
    provider = _provider()
    # The distribution asks for a sampler by name; what is sampled is decided once for all services.
    provider.sampler = ParentBased(ratio)
    if settings.otlp:
        from durable.adapters.telemetry.otlp import OtlpSpans

        provider.add_span_processor(BatchSpanProcessor(OtlpSpans()))
    return Tracing(_taking(provider, resource), settings.broker, _samples(ratio), Entered)


def stop_telemetry() -> None:
    """Send what is queued, and end the threads of the exporters; what is not out by `STOP_WITHIN` seconds is lost."""
    # A collector that is away would hold up the end of the process for minutes.
    thread = threading.Thread(target=_provider().shutdown, name="telemetry stops", daemon=True)
    thread.start()
    thread.join(STOP_WITHIN)


def _taking(provider: TracerProvider, resource: Resource) -> Callable[[Span], None]:
    processors = provider._active_span_processor  # noqa: SLF001 - the SDK has no way in for spans that have ended
    on_end = cast("Callable[[ReadableSpan], None]", processors.on_end)

    def take(span: Span) -> None:
        on_end(ended_span(span, resource))

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


def _configure_azure(settings: TelemetrySettings, resource: Resource) -> None:
    from azure.monitor.opentelemetry import configure_azure_monitor

    asked: dict[str, Any] = {
        "connection_string": settings.connection_string,
        "resource": resource,
        "sampling_ratio": 1.0,
        "instrumentation_options": {name: {"enabled": False} for name in _INSTRUMENTED},
    }
    configure_azure_monitor(**asked)
