"""Asks for sagas by event and learns of their end from topic `lifecycle`, as an application would."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from durable.client import SagaClient
from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.ids import digest, instance_id_for
from durable.messages import EVENTS, Message
from durable.ports import Broker

SUBSCRIPTION = "lifecycle/bench"
SOURCE = "/bench"
_SAGAS = {"bench.chain": "chain", "bench.fan": "fan"}


class RunFailed(Exception):
    """A saga of the benchmark ended other than completed."""


class Driver:
    """Starts sagas and awaits their end; one reader of the lifecycle events serves all that wait."""

    def __init__(self, broker: Broker, client: SagaClient) -> None:
        self._broker = broker
        self._client = client
        self._waiting: dict[str, asyncio.Future[str]] = {}

    async def listen(self) -> None:
        """Read lifecycle events until cancelled."""
        receiver = await self._broker.receiver(SUBSCRIPTION)
        try:
            while True:
                deliveries = await receiver.receive(200, timedelta(seconds=5))
                for delivery in deliveries:
                    event = CloudEvent.from_json(delivery.body)
                    waiting = self._waiting.get(event.subject or "")
                    if waiting is not None and event.type != "saga.started" and not waiting.done():
                        waiting.set_result(event.type)
                if deliveries:
                    await receiver.complete(deliveries)
        finally:
            await receiver.close()

    async def run(self, event_type: str, data: dict[str, object]) -> str:
        """Start a saga by event and wait for its end; gives the instance id.

        Raises:
            RunFailed: it ended other than completed.
        """
        event = CloudEvent(id=secrets.token_hex(8), source=SOURCE, type=event_type, data=data)
        instance_id = instance_id_for(_SAGAS[event_type], digest(event.source, event.id))
        ended = self._waiting[instance_id] = asyncio.get_running_loop().create_future()
        message = Message(event.to_json(), digest(event.source, event.id), content_type=CONTENT_TYPE)
        await self._broker.send(EVENTS, [message])
        try:
            how = await ended
        finally:
            del self._waiting[instance_id]
        if how != "saga.completed":
            raise RunFailed(f"{instance_id} ended with {how}")
        return instance_id

    async def stamps(self, instance_id: str) -> list[float]:
        """Give the stamps that a run gave back."""
        view = await self._client.get(instance_id)
        output = view.output
        if not isinstance(output, dict):
            raise RunFailed(f"expected stamps from {instance_id}; found {output!r:.100}")
        return [float(stamp) for stamp in output["stamps"]]
