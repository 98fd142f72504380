"""Turns events of topic `events` into starts of sagas: the one reader of subscription `orchestrator`.

1. Each saga that starts on an event gets a start of its own, under an instance id that follows from the saga and the
   event; a second delivery of the event so finds the instance existing.
2. An event is settled once all its starts are confirmed by the broker.
3. An event that no saga takes, that is no CloudEvent, or whose start no message can carry, goes to the dead-letter
   queue with the reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from durable.cloudevent import CloudEvent, read_cloudevent
from durable.errors import (
    AuthorError,
    BrokerUnavailable,
    LockLost,
    MessageTooLarge,
    UndecodableMessage,
    UnknownDestination,
)
from durable.events import SagaStarted
from durable.ids import digest, instance_id_for, message_id, partition_of
from durable.messages import INSTANCES, InstanceMessage, Message, trace_of
from durable.ports import Broker, Delivery, Receiver
from durable.saga import Saga
from orchestrator.engine import Registry

_LOG = logging.getLogger(__name__)
SUBSCRIPTION = "events/orchestrator"
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
    """Routes the events of one subscription."""

    broker: Broker
    registry: Registry
    partition_count: int

    async def run(self) -> None:
        """Route until cancelled; a broker that goes away is waited for."""
        pause = _PAUSE_FIRST
        while True:
            receiver: Receiver | None = None
            try:
                receiver = await self.broker.receiver(SUBSCRIPTION)
                while True:
                    await self._route(receiver, await receiver.receive(RECEIVE_MAX, RECEIVE_WAIT))
                    pause = _PAUSE_FIRST
            except (BrokerUnavailable, LockLost, UnknownDestination) as error:
                _LOG.warning("events are not routed for now: %s", error)
            finally:
                if receiver is not None:
                    await receiver.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _PAUSE_MAX)

    async def _route(self, receiver: Receiver, deliveries: Sequence[Delivery]) -> None:
        routed: list[tuple[Delivery, list[Message]]] = []
        for delivery in deliveries:
            try:
                routed.append((delivery, self.starts_of(delivery)))
            except Unroutable as error:
                await _refuse(receiver, delivery, error)
        if routed:
            await self._start_all(receiver, routed)

    async def _start_all(self, receiver: Receiver, routed: list[tuple[Delivery, list[Message]]]) -> None:
        try:
            await self.broker.send(INSTANCES, [start for _, starts in routed for start in starts])
        except MessageTooLarge as error:
            if len(routed) == 1:
                await _refuse(receiver, routed[0][0], Unroutable("TooLarge", str(error)))
                return
            for one in routed:
                await self._start_all(receiver, [one])
            return
        await receiver.complete([delivery for delivery, _ in routed])

    def starts_of(self, delivery: Delivery) -> list[Message]:
        """Give the starts that an event leads to.

        Raises:
            Unroutable: it leads to none; says why.
        """
        try:
            event = read_cloudevent(delivery.body, delivery.content_type, delivery.properties)
            sagas = self.registry.started_by(event)
            starts = [self._start(saga, event, delivery) for saga in sagas]
        except UndecodableMessage as error:
            raise Unroutable("Undecodable", str(error)) from error
        except AuthorError as error:
            raise Unroutable("SagaFailedToDecide", str(error)) from error
        if not starts:
            raise Unroutable("NoSaga", f"no saga starts on event type {event.type!r} with such data")
        return starts

    def _start(self, saga: Saga[Any, Any], event: CloudEvent, delivery: Delivery) -> Message:
        instance_id = instance_id_for(saga.name, key_of(saga, event))
        id_ = message_id(instance_id, "", "SagaStarted", digest(event.source, event.id))
        started = SagaStarted(saga=saga.name, input=event.data, started_by=(event.source, event.id))
        message = InstanceMessage(id_, instance_id, started, trace=trace_of(delivery.properties))
        return message.to_message(partition_of(instance_id, self.partition_count))


async def _refuse(receiver: Receiver, delivery: Delivery, why: Unroutable) -> None:
    _LOG.warning("event %s goes to the dead-letter queue: %s: %s", delivery.id, why.reason, why)
    await receiver.dead_letter(delivery, why.reason, str(why))


def key_of(saga: Saga[Any, Any], event: CloudEvent) -> str:
    """Give what identifies the instance within its saga: the value at its key, or a hash of the event's identity.

    Raises:
        Unroutable: the saga has a key and the data has no text or number there.
    """
    if saga.key is None:
        return digest(event.source, event.id)
    value: object = event.data
    for part in saga.key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        told = f"saga {saga.name!r} expects text or a number at {saga.key!r} of the data; found {value!r:.80}"
        raise Unroutable("NoKey", told)
    return str(value)
