import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from azure.monitor.opentelemetry.exporter import (
    AzureMonitorLogExporter,
    AzureMonitorMetricExporter,
    AzureMonitorTraceExporter,
)
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import LogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from emulators.telemetry.records import Kind
from emulators.testing import CollectorInThread
from tests.support.telemetry_story import MILLISECOND, QUIET, Teller, tell_run

WORKER = Resource({"service.namespace": "durable", "service.name": "worker", "service.instance.id": "w-1"})
QUEUE = {
    "az.namespace": "Microsoft.ServiceBus",
    "messaging.system": "servicebus",
    "messaging.destination.name": "commands.worker",
    "server.address": "ns.servicebus.windows.net",
}
FULL = """
import os
from azure.monitor.opentelemetry import configure_azure_monitor
configure_azure_monitor(sampling_ratio=1.0, disable_offline_storage=True, enable_live_metrics=True)
from opentelemetry import trace
with trace.get_tracer("t").start_as_current_span("whole distribution"):
    pass
trace.get_tracer_provider().shutdown()
"""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in QUIET:
        monkeypatch.setenv(name, "true")


@pytest.fixture
def tracer(telemetry_collector: CollectorInThread) -> Iterator[trace.Tracer]:
    provider = TracerProvider(resource=WORKER, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(azure_spans(telemetry_collector)()))
    yield provider.get_tracer("test")
    provider.shutdown()


def test_a_span_keeps_its_ids_role_kind_times_and_attributes(
    telemetry_collector: CollectorInThread, tracer: trace.Tracer
) -> None:
    began = time.time_ns() // MILLISECOND * MILLISECOND
    with tracer.start_as_current_span("root", start_time=began, end_on_exit=False) as root:
        with tracer.start_as_current_span(
            "send",
            kind=SpanKind.PRODUCER,
            attributes={**QUEUE, "durable.instance_id": "i-1"},
        ):
            pass
        root.end(began + 1_250_000_000)

    found, sent = telemetry_collector.spans()

    assert (found.trace_id, found.span_id) == (
        f"{root.get_span_context().trace_id:032x}",
        f"{root.get_span_context().span_id:016x}",
    )
    assert (found.name, found.kind, found.parent_id, found.is_failed) == ("root", Kind.INTERNAL, "", False)
    assert (found.start, found.duration) == (began // 1000, 1_250_000)
    assert (found.source.role, found.source.instance) == ("durable.worker", "w-1")
    assert (sent.parent_id, sent.kind) == (found.span_id, Kind.PRODUCER)
    assert (sent.type, sent.target) == (
        "Queue Message | Microsoft.ServiceBus",
        "ns.servicebus.windows.net/commands.worker",
    )
    assert sent.attributes["durable.instance_id"] == "i-1"


def test_a_request_has_the_target_of_its_sender_as_its_origin(
    telemetry_collector: CollectorInThread, tracer: trace.Tracer
) -> None:
    with tracer.start_as_current_span("process", kind=SpanKind.CONSUMER, attributes=QUEUE):
        pass

    [found] = telemetry_collector.spans()

    assert (found.kind, found.origin) == (Kind.CONSUMER, "ns.servicebus.windows.net/commands.worker")


def test_an_exception_is_kept_with_its_span_type_message_and_stack(
    telemetry_collector: CollectorInThread, tracer: trace.Tracer
) -> None:
    with pytest.raises(ValueError, match="boom"), tracer.start_as_current_span("fails") as span:
        raise ValueError("boom")

    [found], [log] = telemetry_collector.spans(), telemetry_collector.logs()

    assert found.is_failed
    assert (log.span_id, log.exception, log.message) == (
        f"{span.get_span_context().span_id:016x}",
        "ValueError",
        "boom",
    )
    assert "raise ValueError" in log.stack


def test_links_lead_to_the_spans_that_they_name(telemetry_collector: CollectorInThread, tracer: trace.Tracer) -> None:
    with tracer.start_as_current_span("earlier") as earlier:
        pass
    with tracer.start_as_current_span("later", links=[Link(earlier.get_span_context())]):
        pass

    later = telemetry_collector.spans()[1]

    context = earlier.get_span_context()
    assert later.links == [(f"{context.trace_id:032x}", f"{context.span_id:016x}")]


def test_a_log_record_is_kept_with_its_span_and_severity(
    telemetry_collector: CollectorInThread, tracer: trace.Tracer
) -> None:
    provider = LoggerProvider(resource=WORKER, shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(azure_logs(telemetry_collector)()))
    with tracer.start_as_current_span("work") as span:
        provider.get_logger("saga").emit(
            LogRecord(timestamp=time.time_ns(), severity_number=SeverityNumber.WARN, body="late", attributes={"a": 1})
        )
    provider.shutdown()

    [log] = telemetry_collector.logs()

    assert (log.message, log.severity, log.exception) == ("late", 2, "")
    assert log.span_id == f"{span.get_span_context().span_id:016x}"
    assert log.attributes == {"a": "1", "logger_name": "saga"}


def test_metrics_are_kept_with_sum_count_and_bounds(telemetry_collector: CollectorInThread) -> None:
    exporter = AzureMonitorMetricExporter(
        connection_string=telemetry_collector.connection_string, disable_offline_storage=True
    )
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], WORKER, shutdown_on_exit=False)
    meter = provider.get_meter("test")
    meter.create_counter("messages").add(3, {"saga": "s"})
    for value in (10, 30):
        meter.create_histogram("turn").record(value)
    provider.shutdown()

    points = {point.name: point for point in telemetry_collector.points()}

    assert (points["messages"].value, points["messages"].attributes) == (3, {"saga": "s"})
    turn = points["turn"]
    assert (turn.value, turn.count, turn.least, turn.greatest, turn.source.role) == (40, 2, 10, 30, "durable.worker")


def test_envelopes_are_as_they_were_posted_with_the_time_of_their_arrival(
    telemetry_collector: CollectorInThread, tracer: trace.Tracer
) -> None:
    before = time.time()
    with tracer.start_as_current_span("work", kind=SpanKind.SERVER) as span:
        span.set_status(Status(StatusCode.ERROR))

    requests = [each for each in telemetry_collector.envelopes() if each.content["data"]["baseType"] == "RequestData"]

    [envelope] = requests
    assert before <= envelope.arrived <= time.time()
    assert envelope.content["tags"]["ai.operation.id"] == f"{span.get_span_context().trace_id:032x}"
    assert envelope.content["data"]["baseData"]["success"] is False


def test_what_was_cleared_is_forgotten(telemetry_collector: CollectorInThread, tracer: trace.Tracer) -> None:
    with tracer.start_as_current_span("work"):
        pass
    telemetry_collector.clear()

    assert (telemetry_collector.spans(), telemetry_collector.envelopes()) == ([], [])


def test_a_run_told_by_either_exporter_is_the_same_run(telemetry_collector: CollectorInThread) -> None:
    began, url = time.time_ns(), telemetry_collector.url

    azure = told(telemetry_collector, Teller(azure_spans(telemetry_collector), azure_logs(telemetry_collector), began))
    telemetry_collector.clear()
    otlp = told(
        telemetry_collector,
        Teller(lambda: OTLPSpanExporter(f"{url}/v1/traces"), lambda: OTLPLogExporter(f"{url}/v1/logs"), began),
    )

    assert azure == otlp


def told(collector: CollectorInThread, teller: Teller) -> tuple[object, object]:
    tell_run(teller)
    spans = [(s.span_id, s.parent_id, s.kind, s.name, s.start, s.target, s.origin) for s in collector.spans()]
    return spans, [(log.span_id, log.at, log.severity, log.message, log.exception) for log in collector.logs()]


def azure_spans(collector: CollectorInThread) -> Callable[[], SpanExporter]:
    return lambda: AzureMonitorTraceExporter(
        connection_string=collector.connection_string, disable_offline_storage=True
    )


def azure_logs(collector: CollectorInThread) -> Callable[[], LogRecordExporter]:
    return lambda: AzureMonitorLogExporter(connection_string=collector.connection_string, disable_offline_storage=True)


def test_the_whole_distribution_works_against_it_with_live_metrics(telemetry_collector: CollectorInThread) -> None:
    place = {
        "APPLICATIONINSIGHTS_CONNECTION_STRING": telemetry_collector.connection_string,
        "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",  # Without a look whether this is a machine of the cloud.
    }
    ended = subprocess.run(
        [sys.executable, "-c", FULL],
        check=False,
        env={**os.environ, **place},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 0, ended.stderr
    assert [span.name for span in telemetry_collector.spans()] == ["whole distribution"]
