"""Turns events of topic `events` into messages to instances: the one reader of subscription `orchestrator`.

1. Each saga that starts on an event gets a start of its own, under an instance id that follows from the saga and the
   event; a second delivery of the event so finds the instance existing. A singleton is started again if it has ended.
2. Each saga that resumes on an event has it raised to the instance that the event's data names, whether or not that is
   there yet; its logical id follows from the event, so that it is taken once.
3. An event is settled once all its messages are confirmed by the broker, and the spans told of it have left.
4. An event that no saga takes, that is no CloudEvent, or whose messages no broker can carry, goes to the dead-letter
   queue with the reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from durable.cloudevent import CloudEvent, read_cloudevent
from durable.errors import (
    AuthorError,
    BrokerUnavailable,
    LockLost,
    MessageTooLarge,
    UndecodableMessage,
    UnknownDestination,
)
from durable.events import EventReceived, SagaStarted
from durable.health import Health
from durable.ids import digest, instance_id_for, message_id, partition_of
from durable.logs import About, fields_of_trace
from durable.messages import INSTANCES, InstanceMessage, Message, trace_of
from durable.ports import Broker, Delivery, Receiver
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import EVENTS_ROUTED
from durable.vault import Vault, sealed_message
from orchestrator.engine import Registry
from orchestrator.engine.registry import AnySaga, Resumption
from orchestrator.routings import Routings, Settlement

_LOG = logging.getLogger(__name__)
SUBSCRIPTION = "events/orchestrator"
ROUTING = "routing events"
RECEIVE_MAX = 200
RECEIVE_WAIT = timedelta(seconds=10)
_PAUSE_FIRST, _PAUSE_MAX = 0.1, 5.0


class Unroutable(Exception):
    """An event for the dead-letter queue."""

    def __init__(self, reason: str, description: str) -> None:
        self.reason = reason
        super().__init__(description)


@dataclass(frozen=True, slots=True)
class Router:
    """Routes the events of one subscription.

    Attributes:
        routings: tells the spans of what is routed; `None` if nobody takes them.
        health: told whether the broker gives events.
    """

    broker: Broker
    registry: Registry
    partition_count: int
    vault: Vault
    metrics: Metrics = field(default_factory=Metrics)
    routings: Routings | None = None
    health: Health = field(default_factory=Health)

    async def run(self) -> None:
        """Route until cancelled; a broker that goes away is waited for."""
        pause = _PAUSE_FIRST
        while True:
            settlement: Settlement | None = None
            try:
                receiver = await self.broker.receiver(SUBSCRIPTION)
                settlement = Settlement(receiver, self.routings)
                self.health.ready(ROUTING)
                while True:
                    await self._route(receiver, settlement, await receiver.receive(RECEIVE_MAX, RECEIVE_WAIT))
                    pause = _PAUSE_FIRST
            except (BrokerUnavailable, LockLost, UnknownDestination) as error:
                self.health.not_ready(ROUTING, str(error))
                _LOG.warning("events are not routed for now: %s", error)
            finally:
                if settlement is not None:
                    await settlement.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _PAUSE_MAX)

    async def _route(self, receiver: Receiver, settlement: Settlement, deliveries: Sequence[Delivery]) -> None:
        start = None if self.routings is None else self.routings.now()
        routed: list[tuple[Delivery, list[Message]]] = []
        for delivery in deliveries:
            with About(partial(fields_of_trace, delivery.properties)):
                try:
                    routed.append((delivery, await self.messages_of(delivery)))
                except Unroutable as error:
                    await self._refuse(receiver, delivery, error, start)
        if routed:
            await settlement.settle(await self._sent(receiver, routed, start))

    async def _sent(
        self, receiver: Receiver, routed: list[tuple[Delivery, list[Message]]], start: datetime | None
    ) -> list[Delivery]:
        """Send what events lead to; gives those whose messages are out, and refuses the others."""
        try:
            await self.broker.send(INSTANCES, [message for _, messages in routed for message in messages])
        except MessageTooLarge as error:
            if len(routed) == 1:
                await self._refuse(receiver, routed[0][0], Unroutable("TooLarge", str(error)), start)
                return []
            return [delivery for one in routed for delivery in await self._sent(receiver, [one], start)]
        if self.routings is not None and start is not None:
            for delivery, _ in routed:
                self.routings.told(delivery, start)
        return [delivery for delivery, _ in routed]

    async def messages_of(self, delivery: Delivery) -> list[Message]:
        """Give the starts and raised events that an event leads to.

        Raises:
            Unroutable: it leads to none; says why.
        """
        try:
            event = read_cloudevent(delivery.body, delivery.content_type, delivery.properties)
            told = [self._start(saga, event) for saga in self.registry.started_by(event)]
        except UndecodableMessage as error:
            raise Unroutable("Undecodable", str(error)) from error
        except AuthorError as error:
            raise Unroutable("SagaFailedToDecide", str(error)) from error
        told += [_raised(resumption, event) for resumption in self.registry.resumed_by(event.type)]
        if not told:
            raise Unroutable("NoSaga", f"no saga starts or resumes on event type {event.type!r} with such data")
        self.metrics.add(EVENTS_ROUTED, len(told), event.type)
        trace = trace_of(delivery.properties) if self.routings is None else self.routings.trace_of(delivery)
        return [
            await sealed_message(self.vault, replace(message, trace=trace), self._partition(message))
            for message in told
        ]

    async def _refuse(self, receiver: Receiver, delivery: Delivery, why: Unroutable, start: datetime | None) -> None:
        # The rest of why may quote what the event holds: it is told in the dead letter, which holds that too.
        _LOG.warning("event %s goes to the dead-letter queue: %s", delivery.id, why.reason)
        await receiver.dead_letter(delivery, why.reason, str(why))
        if self.routings is not None and start is not None:
            self.routings.told(delivery, start, why.reason)

    def _partition(self, message: InstanceMessage) -> str:
        return partition_of(message.instance_id, self.partition_count)

    def _start(self, saga: AnySaga, event: CloudEvent) -> InstanceMessage:
        identity = digest(event.source, event.id)
        started = SagaStarted(saga=saga.name, input=event.data, started_by=(event.source, event.id))
        if saga.singleton:
            instance_id = saga.name
            started = replace(started, if_exists="restart_if_ended", request_id=identity)
        else:
            instance_id = instance_id_for(saga.name, identity if saga.key is None else _key(saga, event, saga.key))
        return InstanceMessage(message_id(instance_id, "", "SagaStarted", identity), instance_id, started)


def _raised(resumption: Resumption, event: CloudEvent) -> InstanceMessage:
    saga, wait = resumption.saga, resumption.wait
    instance_id = saga.name if saga.singleton else instance_id_for(saga.name, _key(saga, event, resumption.key))
    id_ = message_id(instance_id, "", "EventReceived", digest(event.source, event.id, wait))
    return InstanceMessage(id_, instance_id, EventReceived(name=wait, payload=event.data))


def _key(saga: AnySaga, event: CloudEvent, path: str) -> str:
    value: object = event.data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        told = f"saga {saga.name!r} expects text or a number at {path!r} of the data; found {value!r:.80}"
        raise Unroutable("NoKey", told)
    return str(value)
