import time
from collections.abc import Iterator, Mapping

import pytest
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind

from emulators.telemetry.records import Kind
from emulators.testing import CollectorInThread

WORKER = Resource({"service.namespace": "durable", "service.name": "worker", "service.instance.id": "w-1"})
COSMOS = {"db.system.name": "azure.cosmosdb", "db.namespace": "durable", "server.address": "a.documents.azure.com"}
HTTP: Mapping[str, str | int] = {
    "http.request.method": "GET",
    "url.full": "https://api.example:8443/x",
    "http.response.status_code": 404,
}


@pytest.fixture(params=[Compression.NoCompression, Compression.Gzip, Compression.Deflate], ids=lambda each: each.value)
def tracer(telemetry_collector: CollectorInThread, request: pytest.FixtureRequest) -> Iterator[trace.Tracer]:
    exporter = OTLPSpanExporter(f"{telemetry_collector.url}/v1/traces", compression=request.param)
    provider = TracerProvider(resource=WORKER, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("test")
    provider.shutdown()


def test_spans_come_in_every_compression(telemetry_collector: CollectorInThread, tracer: trace.Tracer) -> None:
    began = time.time_ns()
    with tracer.start_as_current_span("root", start_time=began, end_on_exit=False) as root:
        with tracer.start_as_current_span("commit", kind=SpanKind.CLIENT, attributes=COSMOS):
            pass
        with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes=HTTP):
            pass
        root.end(began + 90_000_000_000)

    found, commit, get = telemetry_collector.spans()

    assert (found.name, found.kind, found.duration) == ("root", Kind.INTERNAL, 90_000_000)
    assert (found.source.role, found.source.instance, found.type) == ("durable.worker", "w-1", "InProc")
    assert (commit.type, commit.target) == ("azure.cosmosdb", "a.documents.azure.com|durable")
    assert (get.type, get.target, get.code, get.parent_id) == ("HTTP", "api.example:8443", "404", found.span_id)
    assert get.attributes["http.response.status_code"] == 404


def test_exceptions_and_links_come_with_their_span(
    telemetry_collector: CollectorInThread, tracer: trace.Tracer
) -> None:
    with tracer.start_as_current_span("earlier") as earlier:
        pass
    link = Link(earlier.get_span_context())
    with pytest.raises(KeyError), tracer.start_as_current_span("fails", links=[link]):
        raise KeyError("nobody")

    [failed] = [span for span in telemetry_collector.spans() if span.is_failed]
    [log] = telemetry_collector.logs()

    assert (failed.name, failed.problem) == ("fails", "KeyError: 'nobody'")
    assert failed.links == [
        (f"{earlier.get_span_context().trace_id:032x}", f"{earlier.get_span_context().span_id:016x}")
    ]
    assert (log.exception, log.message, log.span_id) == ("KeyError", "'nobody'", failed.span_id)


def test_log_records_come_with_their_severity_and_their_span(telemetry_collector: CollectorInThread) -> None:
    provider = LoggerProvider(resource=WORKER, shutdown_on_exit=False)
    exporter = OTLPLogExporter(f"{telemetry_collector.url}/v1/logs")
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    for number, severity in enumerate((SeverityNumber.TRACE, SeverityNumber.INFO, SeverityNumber.FATAL)):
        provider.get_logger("saga").emit(
            LogRecord(timestamp=time.time_ns() + number, severity_number=severity, body={"step": number})
        )
    provider.shutdown()

    logs = telemetry_collector.logs()

    assert [log.severity for log in logs] == [0, 1, 4]
    assert (logs[0].message, logs[0].trace_id, logs[0].attributes) == ('{"step": 0}', "", {"logger_name": "saga"})


def test_metrics_of_every_kind_come(telemetry_collector: CollectorInThread) -> None:
    exporter = OTLPMetricExporter(f"{telemetry_collector.url}/v1/metrics")
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], WORKER, shutdown_on_exit=False)
    meter = provider.get_meter("test")
    meter.create_counter("messages", "1").add(2)
    meter.create_gauge("backlog").set(7.5)
    for value in (4, 6):
        meter.create_histogram("turn", "ms").record(value, {"saga": "s"})
    provider.shutdown()

    points = {point.name: point for point in telemetry_collector.points()}

    assert (points["messages"].value, points["messages"].unit, points["backlog"].value) == (2, "1", 7.5)
    turn = points["turn"]
    assert (turn.value, turn.count, turn.least, turn.greatest, turn.attributes) == (10, 2, 4, 6, {"saga": "s"})
