"""The spans of the router: one for each event, from its coming until the broker has all that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from durable.cloudevent import read_cloudevent
from durable.errors import UndecodableMessage
from durable.ids import digest
from durable.messages import EVENTS, trace_of
from durable.ports import Clock, Delivery
from durable.telemetry.context import TraceContext, context_of, span_id_of, trace_id_of
from durable.telemetry.names import EVENT_TYPE
from durable.telemetry.span import Kind, Span, Value
from durable.telemetry.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Routings:
    """Tells what is routed. An event that brought no trace begins one, under an id that follows from its own."""

    tracing: Tracing
    clock: Clock

    def now(self) -> datetime:
        """Give the time of day."""
        return self.clock.now()

    def trace_of(self, delivery: Delivery) -> Mapping[str, str]:
        """Give what is passed on with what an event leads to."""
        context, _ = self._place(delivery)
        return context.within(trace_of(delivery.properties))

    def told(self, delivery: Delivery, start: datetime, error: str = "") -> None:
        """Tell that an event is routed, or why it is not."""
        type_ = _type_of(delivery)
        told: dict[str, Value] = dict(self.tracing.messaging("process", EVENTS))
        if type_:
            told[EVENT_TYPE] = type_
        name, place = f"route {type_}".rstrip(), self._place(delivery)
        self.tracing.finished(Span(name, Kind.CONSUMER, *place, start, self.clock.now(), told, error=error))

    def _place(self, delivery: Delivery) -> tuple[TraceContext, int]:
        subject = delivery.id or digest(delivery.body.hex())
        above, span_id = context_of(delivery.properties), span_id_of("route", subject)
        if above is None:
            return self.tracing.root(trace_id_of("route", subject), span_id), 0
        return above.child(span_id), above.span_id


def _type_of(delivery: Delivery) -> str:
    """Give the type of an event; empty if it is none."""
    try:
        return read_cloudevent(delivery.body, delivery.content_type, delivery.properties).type
    except UndecodableMessage:
        return ""
