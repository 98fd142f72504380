"""One run as the services tell it: an invoice that is ingested, read with a retry, approved, and stored.

Spans are made by the real SDK, a provider for each role, with the times of the story; exporters are given. Parents end
after their children, as in a real run, and are exported after them.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import LogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

NAMESPACE = "durable-dev.servicebus.windows.net"
MILLISECOND = 1_000_000
# What keeps the SDK of Application Insights from reporting about itself, to its makers and to us.
QUIET = tuple(
    f"APPLICATIONINSIGHTS_{name}"
    for name in (
        "STATSBEAT_DISABLED_ALL",
        "SDKSTATS_DISABLED",
        "CONTROLPLANE_DISABLED",
        "OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
    )
)
Attributes = Mapping[str, str | int]
_ACCOUNT = "durable-dev.documents.azure.com"


class SeededIds(IdGenerator):
    """Ids that are the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self._random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(128) or 1


@dataclass
class Teller:
    """Makes the spans and log records of a run that begins at `began`, in nanoseconds since 1970."""

    spans_to: Callable[[], SpanExporter]
    logs_to: Callable[[], LogRecordExporter]
    began: int
    instance_id: str = "invoice-2026-1107"
    ids: IdGenerator = field(default_factory=lambda: SeededIds(1))
    saga: str = "invoice-data-extraction"
    at: float = 0.0
    _tracers: dict[str, TracerProvider] = field(default_factory=dict)
    _loggers: dict[str, LoggerProvider] = field(default_factory=dict)

    def time(self) -> int:
        return self.began + int(self.at * MILLISECOND)

    def wait(self, milliseconds: float) -> None:
        self.at += milliseconds

    @contextmanager
    def span(
        self,
        role: str,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: Span | None = None,
        *about: Attributes,
        links: tuple[SpanContext, ...] = (),
    ) -> Iterator[Span]:
        given: dict[str, str | int] = {"durable.instance_id": self.instance_id, "durable.saga": self.saga}
        for each in about:
            given.update(each)
        span = self._tracer(role).start_span(
            name,
            trace.set_span_in_context(parent) if parent else trace.set_span_in_context(trace.INVALID_SPAN),
            kind,
            given,
            [Link(each) for each in links],
            start_time=self.time(),
        )
        assert isinstance(span, Span)
        yield span
        span.end(self.time())

    def fail(self, span: Span, error: Exception) -> None:
        span.record_exception(error, timestamp=self.time())
        span.set_status(Status(StatusCode.ERROR, str(error)))

    def log(self, role: str, span: Span, text: str, severity: SeverityNumber = SeverityNumber.INFO) -> None:
        logger = self._logger(role).get_logger("durable")
        context = trace.set_span_in_context(span)
        logger.emit(LogRecord(timestamp=self.time(), context=context, severity_number=severity, body=text))

    def end(self) -> None:
        for tracers in self._tracers.values():
            tracers.force_flush()
            tracers.shutdown()
        for loggers in self._loggers.values():
            loggers.force_flush()
            loggers.shutdown()

    def _resource(self, role: str) -> Resource:
        name, _, replica = role.partition("@")
        names = {"service.namespace": "durable", "service.name": name}
        return Resource({**names, "service.instance.id": f"{name}-{replica or '1'}"})

    def _tracer(self, role: str) -> trace.Tracer:
        if role not in self._tracers:
            provider = TracerProvider(ALWAYS_ON, self._resource(role), id_generator=self.ids, shutdown_on_exit=False)
            provider.add_span_processor(BatchSpanProcessor(self.spans_to()))
            self._tracers[role] = provider
        return self._tracers[role].get_tracer("durable")

    def _logger(self, role: str) -> LoggerProvider:
        if role not in self._loggers:
            provider = LoggerProvider(self._resource(role), shutdown_on_exit=False)
            provider.add_log_record_processor(SimpleLogRecordProcessor(self.logs_to()))
            self._loggers[role] = provider
        return self._loggers[role]


def message(entity: str) -> Attributes:
    """Attributes of a span that sends to or takes from an entity."""
    return {
        "az.namespace": "Microsoft.ServiceBus",
        "messaging.system": "servicebus",
        "messaging.destination.name": entity,
        "server.address": NAMESPACE,
    }


COSMOS: Attributes = {
    "db.system.name": "azure.cosmosdb",
    "db.namespace": "durable",
    "db.operation.name": "execute_item_batch",
    "server.address": _ACCOUNT,
}


class ExtractionError(Exception):
    """What the activity of the story raises."""

    __module__ = "language"


def tell_run(teller: Teller) -> SpanContext:
    """Tell the whole story; gives the context of its root."""
    with teller.span("ingestor", "POST /events", SpanKind.SERVER, None, _http("POST", "/events", 202)) as root:
        teller.wait(3)
        teller.log("ingestor", root, "invoice.received: accepted 1 event")
        with teller.span("ingestor", "send events", SpanKind.PRODUCER, root, message("events")) as sent:
            teller.wait(6)
        teller.wait(1)
    teller.wait(9)
    with teller.span("orchestrator@2", "route invoice.received", SpanKind.CONSUMER, sent, message("events")) as routed:
        teller.wait(4)
        with teller.span("orchestrator@2", "send instances", SpanKind.PRODUCER, routed, message("instances")) as start:
            teller.wait(5)
    teller.wait(8)
    with teller.span("orchestrator", f"saga {teller.saga}", SpanKind.CONSUMER, start, message("instances")) as saga:
        _extract(teller, saga)
        _approval(teller, saga)
        _store(teller, saga)
    teller.end()
    return root.get_span_context()


def _http(method: str, path: str, status: int) -> Attributes:
    return {
        "http.request.method": method,
        "url.path": path,
        "url.scheme": "http",
        "server.address": "ingestor",
        "http.response.status_code": status,
    }


def _turn(teller: Teller, saga: Span, number: int) -> None:
    with teller.span("orchestrator", f"turn {teller.saga}", SpanKind.INTERNAL, saga, {"durable.turn": number}) as turn:
        teller.wait(2)
        with teller.span("orchestrator", "commit", SpanKind.CLIENT, turn, COSMOS) as commit:
            teller.wait(11)
            commit.set_attribute("db.cosmosdb.request_charge", 24.7)


def _step(
    teller: Teller, saga: Span, worker: str, step: str, busy: float, *, fails: bool = False, attempt: int = 1
) -> None:
    queue = message(f"commands.{worker}")
    task: Attributes = {"durable.step": step, "durable.task_id": f"{step}-1", "durable.attempt": attempt}
    with teller.span("orchestrator", step, SpanKind.PRODUCER, saga, queue, task) as command:
        teller.wait(7)
        with teller.span(worker, step, SpanKind.CONSUMER, command, queue, task) as process:
            teller.wait(busy)
            if fails:
                error = ExtractionError("the model answered 429: try again in 1 s")
                teller.fail(process, error)
                teller.fail(command, error)
                teller.log(worker, process, f"{step}: attempt {attempt} failed, will be retried", SeverityNumber.WARN)
            else:
                teller.log(worker, process, f"{step}: done in {busy:.0f} ms")
            with teller.span(worker, f"complete {step}", SpanKind.PRODUCER, process, message("instances")):
                teller.wait(4)
        teller.wait(6)


def _extract(teller: Teller, saga: Span) -> None:
    _turn(teller, saga, 1)
    _step(teller, saga, "documents", "documents.convert-to-markdown", 148)
    _turn(teller, saga, 2)
    _step(teller, saga, "language", "language.extract-invoice", 95, fails=True)
    teller.wait(210)
    _step(teller, saga, "language", "language.extract-invoice", 322, attempt=2)
    _turn(teller, saga, 3)


def _approval(teller: Teller, saga: Span) -> None:
    teller.log("orchestrator", saga, "Total 1,190.00 EUR is above the limit: waiting for approval")
    teller.wait(260)
    _turn(teller, saga, 4)


def _store(teller: Teller, saga: Span) -> None:
    began, ends = teller.at, []
    for index, (step, busy) in enumerate(
        (("storage.write-text", 44), ("storage.write-entity", 71), ("storage.copy-object", 118))
    ):
        teller.at = began + index * 4
        _step(teller, saga, "storage", step, busy)
        ends.append(teller.at)
    teller.at = max(ends)
    _turn(teller, saga, 5)
    teller.log("orchestrator", saga, "Completed: invoice 2026-1107 of Nordwind GmbH")
    teller.wait(2)


def tell_run_to(url: str, began: int, instance_id: str = "invoice-2026-1107", seed: int = 1) -> SpanContext:
    """Tell the whole story by OTLP to a collector."""
    spans, logs = f"{url}/v1/traces", f"{url}/v1/logs"
    ids = SeededIds(seed)
    return tell_run(Teller(lambda: OTLPSpanExporter(spans), lambda: OTLPLogExporter(logs), began, instance_id, ids))
