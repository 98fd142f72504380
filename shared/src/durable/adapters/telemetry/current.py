"""A span of ours as OpenTelemetry's current one, while it goes on.

The SDK need not know it for that: it is known by its ids, so that what is begun meanwhile, and what a library writes
into the headers of a request, names it as the parent.

Most handlers never ask for it, and every attempt enters one: what OpenTelemetry wants of it is made when it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from functools import cached_property

from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState, set_span_in_context
from opentelemetry.util.types import AttributeValue

from durable.concealing import CONCEALED
from durable.telemetry.context import TraceContext
from durable.telemetry.span import Value

ATTRIBUTES_MAX = 32
TEXT_CHARACTERS_MAX = 1_000
_BAGGAGE = W3CBaggagePropagator()
_NOTHING_AROUND = Context()
_SAMPLED, _UNSAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)


class Entered:
    """Makes a span current while the block runs; entered once."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: TraceContext, trace: Mapping[str, str], set_by_others: dict[str, Value]) -> None:
        around = _BAGGAGE.extract(trace) if "baggage" in trace else _NOTHING_AROUND
        self._context = set_span_in_context(_Current(context, trace, set_by_others), around)

    def __enter__(self) -> None:
        self._token: Token[Context] = attach(self._context)

    def __exit__(self, *_: object) -> None:
        detach(self._token)


class _Current(NonRecordingSpan):
    """Keeps the attributes that are set on it, within bounds; what else is said to it, its owner knows better."""

    def __init__(self, context: TraceContext, trace: Mapping[str, str], attributes: dict[str, Value]) -> None:
        self._ours = context
        self._trace = trace
        self._attributes = attributes

    @cached_property
    def _context(self) -> SpanContext:  # type: ignore[override]  # What its base reads, which is made at once there.
        ours, trace = self._ours, self._trace
        state = TraceState.from_header([trace["tracestate"]]) if "tracestate" in trace else None
        flags = _SAMPLED if ours.sampled else _UNSAMPLED
        return SpanContext(ours.trace_id, ours.span_id, is_remote=False, trace_flags=flags, trace_state=state)

    def is_recording(self) -> bool:
        return self._ours.sampled

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        attributes = self._attributes
        if isinstance(value, Value) and (key in attributes or len(attributes) < ATTRIBUTES_MAX):
            attributes[key] = CONCEALED.text(value)[:TEXT_CHARACTERS_MAX] if isinstance(value, str) else value

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        for key, value in attributes.items():
            self.set_attribute(key, value)
