import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from dishka import Provider, Scope

from durable import Activity
from durable.adapters.clock import SystemClock
from durable.events import ActivityCompleted, ActivityFailed, HistoryEvent
from durable.messages import INSTANCES, InstanceMessage
from durable.objects import ObjectStore
from durable.payload import decode_payload, encode_payload
from durable.ports import Broker, SessionReceiver
from durable.requests import read_for_instance
from durable.stores import ObjectStores
from durable.vault import Vault
from durable.worker import HostOptions, Worker, WorkerHost
from tests.support.worker_world import LOCK, SESSION, a_command, a_memory_broker


class Calls:
    """Calls activities of a running worker as an instance would, over a broker in memory."""

    def __init__(self, broker: Broker, queue: str, instances: SessionReceiver) -> None:
        self._broker = broker
        self._queue = queue
        self._instances = instances

    async def call(self, activity: Activity[Any, Any], input: object) -> Any:
        """Give the result of an activity, or its failure."""
        return await self.call_raw(activity, encode_payload(input, activity.input))

    async def call_raw(self, activity: Activity[Any, Any], input: object) -> Any:
        """The same, for JSON data that need not fit the activity."""
        command = a_command(activity, input)
        await self._broker.send(self._queue, [command.to_message("")])
        event = await self._completion()
        if isinstance(event, ActivityFailed):
            return event.failure
        assert isinstance(event, ActivityCompleted)
        return decode_payload(event.output, activity.output)

    async def _completion(self) -> HistoryEvent:
        while True:
            (delivery,) = await self._instances.receive(1, timedelta(seconds=30))
            await self._instances.complete([delivery])
            message = read_for_instance(delivery.body, {})
            if isinstance(message, InstanceMessage):  # What else comes is a heartbeat.
                return message.event


@asynccontextmanager
async def calls_to(worker: Worker, objects: ObjectStore, *providers: Provider) -> AsyncIterator[Calls]:
    """Run a worker whose handlers get this object store, and what these provide."""
    broker = a_memory_broker(queue=worker.queue)
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: objects, provides=ObjectStore)
    provider.provide(lambda: ObjectStores(objects, {}), provides=ObjectStores)
    host = WorkerHost(
        worker, broker, HostOptions(LOCK), clock=SystemClock(), vault=Vault(objects), providers=[provider, *providers]
    )
    running = asyncio.create_task(host.run())
    try:
        yield Calls(broker, worker.queue, await broker.session(INSTANCES, SESSION))
    finally:
        # A stop would wait for the receive that is under way.
        running.cancel()
        await asyncio.wait([running])
