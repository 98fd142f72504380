"""Our spans as OpenTelemetry's SDK knows ended ones.

The SDK's own way of making a span costs five times as much and gives it an id by chance; ours are derived.
"""

from __future__ import annotations

from datetime import datetime

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from durable.concealing import CONCEALED
from durable.failure import Failure
from durable.telemetry.context import TraceContext
from durable.telemetry.names import SCOPE
from durable.telemetry.span import Kind, Span

SCOPE_OF_OURS = InstrumentationScope(SCOPE)
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_UNSET = Status(StatusCode.UNSET)
_KINDS = {kind: SpanKind[kind.name] for kind in Kind}
TEXT_CHARACTERS_MAX = 4_000
EXCEPTION = "exception"


def ended_span(span: Span, resource: Resource) -> ReadableSpan:
    """Give a span as the SDK hands it to processors. A recorded one is marked sampled, as processors go by that."""
    end = nanoseconds(span.end)
    failure = span.failure
    return ReadableSpan(
        name=span.name,
        context=_context(span.context),
        parent=_parent(span) if span.parent else None,
        resource=resource,
        attributes=span.attributes,
        events=() if failure is None else (Event(EXCEPTION, told_exception(failure), end),),
        links=tuple(Link(_context(link)) for link in span.links),
        kind=_KINDS[span.kind],
        status=Status(StatusCode.ERROR, told_error(span)) if span.has_failed else _UNSET,
        start_time=nanoseconds(span.start),
        end_time=end,
        instrumentation_scope=SCOPE_OF_OURS,
    )


def _context(context: TraceContext) -> SpanContext:
    return SpanContext(context.trace_id, context.span_id, is_remote=False, trace_flags=_SAMPLED)


def _parent(span: Span) -> SpanContext:
    return SpanContext(span.context.trace_id, span.parent, is_remote=True, trace_flags=_SAMPLED)


def nanoseconds(at: datetime) -> int:
    """Give a time as the SDK counts it, since 1970."""
    return int(at.timestamp() * 1_000_000) * 1_000


def told_error(span: Span) -> str:
    """Say what went wrong, without known secrets."""
    return CONCEALED.text(span.error or (span.failure.message if span.failure else ""))[:TEXT_CHARACTERS_MAX]


def told_exception(failure: Failure) -> dict[str, str]:
    """Give the attributes of the event that an exception is, without known secrets."""
    told = {
        "exception.type": failure.type,
        "exception.message": CONCEALED.text(failure.message)[:TEXT_CHARACTERS_MAX],
        "exception.stacktrace": CONCEALED.text(failure.stack or "")[:TEXT_CHARACTERS_MAX],
    }
    return {name: value for name, value in told.items() if value}
