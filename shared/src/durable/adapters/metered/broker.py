"""Counts messages, by the queue or topic that they go to or come from."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from durable.adapters.metered.receivers import MeteredReceiver, MeteredSessionReceiver
from durable.errors import DurableError
from durable.messages import Message
from durable.ports import Broker, Clock, Receiver, SessionReceiver
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import (
    MESSAGES_SENDING,
    MESSAGES_SENT,
    SEND_DURATION,
    SEND_FAILURES,
    SEND_MESSAGES,
)


class _Sending:
    """How many messages are on their way to one destination."""

    def __init__(self) -> None:
        self.count = 0


class MeteredBroker:
    """See `Broker`."""

    def __init__(self, broker: Broker, metrics: Metrics, clock: Clock) -> None:
        self._broker = broker
        self._metrics = metrics
        self._clock = clock
        self._sending: dict[str, _Sending] = {}

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        metrics, count, started = self._metrics, len(messages), perf_counter()
        sending = self._sending_to(destination)
        sending.count += count
        try:
            await self._broker.send(destination, messages)
        except DurableError as error:
            metrics.add(SEND_FAILURES, 1, destination, type(error).__name__)
            raise
        finally:
            sending.count -= count
        metrics.add(MESSAGES_SENT, count, destination)
        metrics.observe(SEND_MESSAGES, count, destination)
        metrics.observe(SEND_DURATION, perf_counter() - started, destination)

    async def receiver(self, source: str) -> Receiver:
        return MeteredReceiver(await self._broker.receiver(source), source, self._metrics, self._clock)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return MeteredSessionReceiver(await self._broker.session(queue, session), queue, self._metrics, self._clock)

    async def close(self) -> None:
        await self._broker.close()

    def _sending_to(self, destination: str) -> _Sending:
        found = self._sending.get(destination)
        if found is None:
            found = self._sending[destination] = _Sending()
            self._metrics.watch(MESSAGES_SENDING, found, lambda sending: sending.count, destination)
        return found
