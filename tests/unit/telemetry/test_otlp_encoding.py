"""Our encoding of spans says the same as the SDK's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags

from durable.adapters.telemetry import ended
from durable.adapters.telemetry.ended import ended_span
from durable.adapters.telemetry.otlp import Encoder
from durable.concealing import Concealer
from durable.failure import Failure
from durable.telemetry.context import TraceContext
from durable.telemetry.span import Attributes, Kind, Span

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
RESOURCE = Resource({"service.name": "orchestrator"})
FAILURE = Failure(type="ValueError", message="no such page", stack="line 1")


def spans() -> Iterator[ReadableSpan]:
    attributes: Attributes = {"durable.saga": "split-pdf", "durable.task_id": 3, "share": 0.5, "last": True}
    links = (TraceContext(9, 9), TraceContext(8, 8))
    for number, kind in enumerate(Kind, start=1):
        context = TraceContext(77, number)
        end = NOW + timedelta(milliseconds=number)
        yield ended_span(Span("turn", kind, context, number - 1, NOW, end, attributes, links=links), RESOURCE)
    yield ended_span(Span("failed", Kind.CONSUMER, TraceContext(77, 20), 1, NOW, NOW, failure=FAILURE), RESOURCE)
    yield ended_span(Span("wrong", Kind.SERVER, TraceContext(77, 21), 1, NOW, NOW, error="500"), RESOURCE)


def test_what_is_written_reads_as_if_the_sdk_had_written_it() -> None:
    written = Encoder().request(list(spans()))

    assert written == encode_spans(list(spans()))


def test_attributes_seen_before_are_written_as_the_first_time() -> None:
    encoder = Encoder()
    encoder.request(list(spans()))

    assert encoder.request(list(spans())) == encode_spans(list(spans()))


def test_spans_of_others_travel_in_the_same_request() -> None:
    other = ReadableSpan(
        "theirs",
        SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1)),
        resource=RESOURCE,
        attributes={"a": [1]},
    )

    written = Encoder().request([*spans(), other])

    names = [span.name for scope in written.resource_spans[0].scope_spans for span in scope.spans]
    assert sorted(names) == sorted([span.name for span in spans()] + ["theirs"])


def test_a_known_secret_is_in_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    concealed = Concealer()
    monkeypatch.setattr(ended, "CONCEALED", concealed)
    concealed.learn("hunter22")
    failure = Failure(type="ValueError", message="refused hunter22", stack="hunter22")
    span = ended_span(Span("x", Kind.CONSUMER, TraceContext(1, 2), 0, NOW, NOW, failure=failure), RESOURCE)

    assert "hunter22" not in str(encode_spans([span]))
