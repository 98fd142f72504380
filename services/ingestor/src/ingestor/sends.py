"""Events on their way to topic `events`: the messages that carry them, and the spans of their sends.

1. The id of a span follows from that of its message, and the message names it: who takes the event stands beneath it.
2. It stands beneath the request or the source that the event came by. The trace that an event carries itself is linked,
   or goes on if nobody named another one.
3. Without tracing a message carries the trace that came with the event, or one begun here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.ids import digest
from durable.messages import EVENTS, Message
from durable.ports import Clock
from durable.telemetry.context import TraceContext, context_of, span_id_of
from durable.telemetry.enclosing import Enclosing
from durable.telemetry.names import EVENT_TYPE, MESSAGING_MESSAGE_ID
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import Tracing
from durable.trace import RandomBits, carried_trace, mint_traceparent


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and its span, whose `context` is `None` if nobody takes spans."""

    message: Message
    context: TraceContext | None = None
    parent: int = 0
    links: tuple[TraceContext, ...] = ()


def trace_carried_by(event: CloudEvent, baggage: str = "") -> dict[str, str]:
    """Give the trace context that an event carries in its extensions, and baggage that came with it."""
    traceparent, tracestate = (str(event.extensions.get(name, "")) for name in ("traceparent", "tracestate"))
    return carried_trace(traceparent, tracestate, baggage)


class Sends:
    """Makes messages of events, and tells when they are sent."""

    def __init__(self, tracing: Tracing | None, clock: Clock, random_bits: RandomBits) -> None:
        self._tracing = tracing
        self._clock = clock
        self._random_bits = random_bits

    def now(self) -> datetime:
        """Give the time of day."""
        return self._clock.now()

    def within(self, event: CloudEvent, around: Enclosing | None, brought: Mapping[str, str]) -> Outgoing:
        """Give an event on its way out of a request or a source, which brought that trace context."""
        message = _message_of(event)
        own = trace_carried_by(event, brought.get("baggage", ""))
        if around is None:
            carried = brought if "traceparent" in brought else own
            begun = {} if "traceparent" in carried else {"traceparent": mint_traceparent(self._random_bits)}
            return Outgoing(_carrying(message, {**begun, **carried}))
        named = context_of(own)
        if named is None or named == around.parent:
            return _beneath(around.context, around.trace, message)
        if around.parent is None:
            return _beneath(named, own, message, around.context)
        return _beneath(around.context, around.trace, message, named)

    def again(self, event: CloudEvent, around: Enclosing | None, kept: Mapping[str, str]) -> Outgoing:
        """Give an event on its way after all, in the trace that was kept with it; what sends it is linked."""
        trace = carried_trace(kept.get("traceparent", ""), kept.get("tracestate", ""), kept.get("baggage", ""))
        before = context_of(trace)
        if around is None or before is None:
            return self.within(event, around, trace)
        return _beneath(before, trace, _message_of(event), around.context)

    def told(self, sent: Iterable[Outgoing], start: datetime, error: str = "") -> None:
        """Tell of sends that were confirmed now, or failed."""
        tracing = self._tracing
        if tracing is None:
            return
        end, name = self._clock.now(), f"send {EVENTS}"
        for one in sent:
            if one.context is None:
                continue
            message = one.message
            attributes = {
                **tracing.messaging("send", EVENTS),
                MESSAGING_MESSAGE_ID: message.id,
                EVENT_TYPE: message.properties["type"],
            }
            which = (one.context, one.parent)
            tracing.finished(Span(name, Kind.PRODUCER, *which, start, end, attributes, error=error, links=one.links))


def _message_of(event: CloudEvent) -> Message:
    return Message(
        event.to_json(), digest(event.source, event.id), properties={"type": event.type}, content_type=CONTENT_TYPE
    )


def _carrying(message: Message, trace: Mapping[str, str]) -> Message:
    return replace(message, properties={**trace, **message.properties})


def _beneath(parent: TraceContext, trace: Mapping[str, str], message: Message, *links: TraceContext) -> Outgoing:
    context = parent.child(span_id_of("send", message.id))
    return Outgoing(_carrying(message, context.within(trace)), context, parent.span_id, links)
