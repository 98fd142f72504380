import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel

from durable import Activity, Cancelled
from durable.adapters.clock import SystemClock
from durable.adapters.memory import MemoryObjects
from durable.control import CONTROL, ActivityHeartbeat, CancelActivity
from durable.events import ActivityFailed
from durable.messages import INSTANCES, InstanceMessage, trace_of
from durable.ports import Broker, SessionReceiver
from durable.requests import OwnerRequest, read_for_instance
from durable.vault import Vault
from durable.worker import ActivityContext, HostOptions, Worker, WorkerHost
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.support.servicebus_endpoint import a_broker
from tests.support.worker_world import SESSION, a_command

TOPOLOGY = Path(str(files("contracts"))) / "topology.json"
LOCK = timedelta(seconds=30)


class Order(BaseModel):
    leaves: bool = False


LISTEN = Activity("documents.listen", Order, Order)
worker = Worker("documents")


@worker.handles(LISTEN)
async def listen(order: Order, ctx: ActivityContext) -> Order:
    if order.leaves:
        ctx.complete_later()
        return order
    ctx.heartbeat({"page": 1})
    await ctx.cancelled
    raise Cancelled


@dataclass
class Bus:
    broker: Broker
    instances: SessionReceiver
    host: WorkerHost

    async def next(self) -> InstanceMessage | OwnerRequest | ActivityHeartbeat:
        """Give the next message for an instance."""
        (delivery,) = await self.instances.receive(1, timedelta(seconds=20))
        await self.instances.complete([delivery])
        return read_for_instance(delivery.body, trace_of(delivery.properties))

    async def failure(self) -> ActivityFailed:
        """Give the next message for an instance that is no heartbeat."""
        message = await self.next()
        while isinstance(message, ActivityHeartbeat):
            message = await self.next()
        assert isinstance(message, InstanceMessage)
        assert isinstance(message.event, ActivityFailed)
        return message.event


@asynccontextmanager
async def serving() -> AsyncIterator[Bus]:
    async with ServiceBusEndpoint(TOPOLOGY) as endpoint:
        broker = a_broker(endpoint, fast=True)
        vault = Vault(MemoryObjects())
        host = WorkerHost(worker, broker, HostOptions(LOCK, "documents@here"), clock=SystemClock(), vault=vault)
        running = asyncio.create_task(host.run())
        yield Bus(broker, await broker.session(INSTANCES, SESSION), host)
        async with asyncio.timeout(5):
            host.stop()
            await running
        await broker.close()


async def test_a_cancel_finds_the_process_that_said_where_it_runs() -> None:
    async with serving() as bus:
        command = a_command(LISTEN, {})
        await bus.broker.send(worker.queue, [command.to_message("1")])
        heartbeat = await bus.next()
        assert isinstance(heartbeat, ActivityHeartbeat)
        assert (heartbeat.detail, heartbeat.worker) == ({"page": 1}, "documents@here")

        cancel = CancelActivity("c1", command.instance_id, command.run, 1, 1, None, "too late")
        await bus.broker.send(CONTROL, [cancel.to_message(heartbeat.control)])
        failed = await bus.failure()

    assert (failed.failure.type, failed.heartbeat) == ("durable.Cancelled", {"page": 1})


async def test_a_token_that_nobody_uses_times_out_when_it_is_due() -> None:
    began = datetime.now(UTC)
    async with serving() as bus:
        command = a_command(LISTEN, {"leaves": True}, start_to_close=1.5)
        await bus.broker.send(worker.queue, [command.to_message("1")])
        failed = await bus.failure()

    assert failed.failure.details == {"kind": "start_to_close"}
    assert datetime.now(UTC) - began >= timedelta(seconds=1.5)
