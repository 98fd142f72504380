"""What spans are called in numbers, and how a place in a trace travels."""

from datetime import UTC, datetime

from durable.telemetry.context import TraceContext, context_of, span_id_of
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import Tracing, recording

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_context_reads_what_it_writes() -> None:
    context = context_of({"traceparent": PARENT})

    assert context is not None
    assert context.traceparent == PARENT


def test_an_invalid_traceparent_is_no_context() -> None:
    assert context_of({"traceparent": "00-0-0-01"}) is None
    assert context_of({}) is None


def test_an_unsampled_trace_stays_unsampled_in_its_children() -> None:
    context = context_of({"traceparent": PARENT[:-1] + "0"})

    assert context is not None
    assert context.child(7).traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000007-00"


def test_baggage_and_tracestate_pass_through_a_span() -> None:
    passed = TraceContext(1, 2).within({"traceparent": PARENT, "baggage": "tenant=a", "tracestate": "x=y"})

    assert passed == {"traceparent": TraceContext(1, 2).traceparent, "baggage": "tenant=a", "tracestate": "x=y"}


def test_the_id_of_a_span_follows_from_its_subject_and_tells_all_parts_apart() -> None:
    assert span_id_of("order-1", "r", 1, 12) == span_id_of("order-1", "r", 1, 12)
    assert len({span_id_of("a", "bc"), span_id_of("ab", "c"), span_id_of("abc"), span_id_of("a", "b", "c")}) == 4


def test_a_span_that_failed_is_recorded_though_its_trace_is_not() -> None:
    tracing, spans = recording()
    unsampled = TraceContext(1, 2, sampled=False)

    tracing.finished(Span("fine", Kind.INTERNAL, unsampled, 0, NOW, NOW))
    tracing.finished(Span("failed", Kind.INTERNAL, unsampled, 0, NOW, NOW, error="no"))

    assert [span.name for span in spans] == ["failed"]


def test_whoever_begins_a_trace_decides_whether_it_is_recorded() -> None:
    tracing = Tracing(lambda _: None, "bus", lambda trace_id: trace_id % 2 == 0)
    bits = iter([4, 9, 5, 9])

    assert tracing.begin(lambda _: next(bits)) == TraceContext(4, 9, sampled=True)
    assert tracing.begin(lambda _: next(bits)) == TraceContext(5, 9, sampled=False)
