"""Our encoding of spans says the same as the SDK's."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from durable.adapters.telemetry import ended
from durable.adapters.telemetry.ended import ended_span
from durable.adapters.telemetry.otlp import OtlpSpans, Requests
from durable.concealing import Concealer
from durable.failure import Failure
from durable.telemetry.context import TraceContext
from durable.telemetry.span import Attributes, Kind, Span, Value

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
RESOURCE = Resource({"service.name": "orchestrator"})
FAILURE = Failure(type="ValueError", message="no such page", stack="line 1")


def spans() -> Iterator[Span]:
    attributes: Attributes = {
        "durable.saga": "split-pdf",
        "durable.task_id": 3,
        "share": 0.5,
        "last": True,
        "below": -1,
    }
    links = (TraceContext(9, 9), TraceContext(8, 8))
    for number, kind in enumerate(Kind, start=1):
        context = TraceContext(77, number)
        end = NOW + timedelta(milliseconds=number)
        yield Span("turn", kind, context, number - 1, NOW, end, attributes, links=links)
    yield Span("failed", Kind.CONSUMER, TraceContext(77, 20), 1, NOW, NOW, failure=FAILURE)
    yield Span("wrong", Kind.SERVER, TraceContext(77, 21), 1, NOW, NOW, error="500")
    yield Span(
        "long", Kind.CLIENT, TraceContext(77, 22), 1, NOW, NOW, {"text": "x" * 5_000, "durable.task_id": 1 << 40}
    )


def as_the_sdk_writes(given: Iterable[Span]) -> ExportTraceServiceRequest:
    return encode_spans([ended_span(span, RESOURCE) for span in given])


def test_what_is_written_reads_as_if_the_sdk_had_written_it() -> None:
    written = Requests(RESOURCE).of(list(spans()))

    assert ExportTraceServiceRequest.FromString(written) == as_the_sdk_writes(spans())


def test_attributes_seen_before_are_written_as_the_first_time() -> None:
    requests = Requests(RESOURCE)
    requests.of(list(spans()))

    assert ExportTraceServiceRequest.FromString(requests.of(list(spans()))) == as_the_sdk_writes(spans())


def test_values_that_are_equal_and_of_other_types_stay_apart() -> None:
    def told(value: Value) -> Span:
        return Span("x", Kind.CLIENT, TraceContext(1, 2), 0, NOW, NOW, {"a": value})

    given = [told(value) for value in (1, True, 1.0, 0, False)]

    assert ExportTraceServiceRequest.FromString(Requests(RESOURCE).of(given)) == as_the_sdk_writes(given)


def test_an_exporter_with_another_inside_gets_the_spans_its_own_way() -> None:
    exported: list[ReadableSpan] = []

    class Other:
        def export(self, spans: Sequence[ReadableSpan]) -> None:
            exported.extend(spans)

    OtlpSpans(cast("OTLPSpanExporter", Other()), RESOURCE).send(list(spans()))

    assert [span.name for span in exported] == [span.name for span in spans()]


def test_a_known_secret_is_in_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    concealed = Concealer()
    monkeypatch.setattr(ended, "CONCEALED", concealed)
    concealed.learn("hunter22")
    failure = Failure(type="ValueError", message="refused hunter22", stack="hunter22")
    span = Span("x", Kind.CONSUMER, TraceContext(1, 2), 0, NOW, NOW, failure=failure)

    assert b"hunter22" not in Requests(RESOURCE).of([span])
    assert "hunter22" not in ended_span(span, RESOURCE).to_json()
