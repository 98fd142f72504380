"""Counts what is received and what becomes of it, by the queue or subscription that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from durable.errors import LockLost
from durable.ports import Clock, Delivery, Receiver, SessionReceiver
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import (
    DEAD_LETTERS,
    MESSAGES_ABANDONED,
    MESSAGES_RECEIVED,
    MESSAGES_REDELIVERED,
    MESSAGES_UNSETTLED,
    QUEUE_DELAY,
    RECEIVE_MESSAGES,
)


class MeteredReceiver:
    """See `Receiver`.

    Attributes:
        unsettled: how many messages were received, and neither settled nor lost as far as is known.
    """

    def __init__(self, receiver: Receiver, entity: str, metrics: Metrics, clock: Clock) -> None:
        self._receiver = receiver
        self._entity = entity
        self._metrics = metrics
        self._clock = clock
        self.unsettled = 0
        metrics.watch(MESSAGES_UNSETTLED, self, lambda receiver: receiver.unsettled, entity)

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        deliveries = await self._receiver.receive(limit, wait)
        if deliveries:
            self._received(deliveries)
        return deliveries

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        try:
            await self._receiver.complete(deliveries)
        except LockLost:
            self._settled(len(deliveries))
            raise
        self._settled(len(deliveries))

    async def abandon(self, delivery: Delivery) -> None:
        await self._receiver.abandon(delivery)
        self._settled(1)
        self._metrics.add(MESSAGES_ABANDONED, 1, self._entity)

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        await self._receiver.dead_letter(delivery, reason, description)
        self._settled(1)
        self._metrics.add(DEAD_LETTERS, 1, self._entity, reason)

    async def renew(self, delivery: Delivery) -> datetime:
        return await self._receiver.renew(delivery)

    async def close(self) -> None:
        await self._receiver.close()
        self.unsettled = 0

    def _received(self, deliveries: Sequence[Delivery]) -> None:
        metrics, entity, now = self._metrics, self._entity, self._clock.now()
        redelivered = 0
        for delivery in deliveries:
            metrics.observe(QUEUE_DELAY, max((now - delivery.enqueued_at).total_seconds(), 0.0), entity)
            redelivered += delivery.deliveries > 0
        self.unsettled += len(deliveries)
        metrics.add(MESSAGES_RECEIVED, len(deliveries), entity)
        metrics.observe(RECEIVE_MESSAGES, len(deliveries), entity)
        if redelivered:
            metrics.add(MESSAGES_REDELIVERED, redelivered, entity)

    def _settled(self, count: int) -> None:
        self.unsettled = max(self.unsettled - count, 0)


class MeteredSessionReceiver(MeteredReceiver):
    """See `SessionReceiver`."""

    def __init__(self, receiver: SessionReceiver, entity: str, metrics: Metrics, clock: Clock) -> None:
        super().__init__(receiver, entity, metrics, clock)
        self._in_session = receiver
        self.session = receiver.session

    async def renew_session(self) -> datetime:
        return await self._in_session.renew_session()
