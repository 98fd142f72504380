"""The spans of the router: one for each event, from its coming until the broker has all that it leads to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from durable.cloudevent import read_cloudevent
from durable.errors import BrokerUnavailable, LockLost, UndecodableMessage
from durable.ids import digest
from durable.messages import EVENTS, trace_of
from durable.ports import Clock, Delivery, Receiver
from durable.telemetry.context import TraceContext, context_of, span_id_of, trace_id_of
from durable.telemetry.names import EVENT_TYPE
from durable.telemetry.settling import SettlingLater
from durable.telemetry.span import Kind, Span, Value
from durable.telemetry.tracing import Tracing

_LOG = logging.getLogger(__name__)


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


class Settlement:
    """Settles events that are routed: at once, or, if spans are told of them, once these have left the process."""

    def __init__(self, receiver: Receiver, routings: Routings | None) -> None:
        self._receiver = receiver
        self._later = None if routings is None else SettlingLater(routings.tracing, self._settle_in_time)

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Settle these.

        Raises:
            BrokerUnavailable, LockLost: they come again. What is settled later says so in the log.
        """
        if self._later is not None:
            self._later.add(deliveries)
        elif deliveries:
            await self._receiver.complete(deliveries)

    async def close(self) -> None:
        """Settle what waits for that, and close the receiver."""
        if self._later is not None:
            await self._later.drained()
        await self._receiver.close()

    async def _settle_in_time(self, deliveries: Sequence[Delivery]) -> None:
        try:
            await self._receiver.complete(deliveries)
        except (BrokerUnavailable, LockLost) as error:
            _LOG.warning("%d events that were routed come again: %s", len(deliveries), error)


def _type_of(delivery: Delivery) -> str:
    """Give the type of an event; empty if it is none."""
    try:
        return read_cloudevent(delivery.body, delivery.content_type, delivery.properties).type
    except UndecodableMessage:
        return ""
