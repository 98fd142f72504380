"""What is done to the Service Bus endpoint: bodies of 1 KB with three properties, over the unmodified SDK."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from benchmarks.endpoints.workloads import Workload

BATCH = 100
WAIT = 5
_BODY = b"x" * 1024
_PROPERTIES: dict[str | bytes, Any] = {"kind": "benchmark", "number": 1, "region": "north"}
_DELETES = ServiceBusReceiveMode.RECEIVE_AND_DELETE
_TOPOLOGY = {
    "UserConfig": {
        "Namespaces": [
            {
                "Name": "bench",
                "Queues": [
                    {"Name": "plain", "Properties": {"LockDuration": "PT5M"}},
                    {"Name": "kept", "Properties": {"LockDuration": "PT5M", "RequiresSession": True}},
                ],
            }
        ]
    }
}


def written_topology(folder: Path) -> Path:
    """The topology file of these workloads."""
    path = folder / "servicebus.json"
    path.write_text(json.dumps(_TOPOLOGY))
    return path


def message(session: str | None = None) -> ServiceBusMessage:
    """A message of the usual size."""
    return ServiceBusMessage(_BODY, application_properties=dict(_PROPERTIES), session_id=session)


class BusWorld:
    """Open links of one client; they are opened once, for opening takes longer than what is measured."""

    def __init__(self, connection_string: str) -> None:
        self.client = ServiceBusClient.from_connection_string(connection_string)
        self.plain: ServiceBusSender = self.client.get_queue_sender("plain")
        self.kept: ServiceBusSender = self.client.get_queue_sender("kept")
        self.receiver: ServiceBusReceiver = self.client.get_queue_receiver("plain")
        self.deleter: ServiceBusReceiver = self.client.get_queue_receiver("plain", receive_mode=_DELETES)
        self.session: ServiceBusReceiver = self.client.get_queue_receiver("kept", session_id="bench")

    async def __aenter__(self) -> Self:
        for link in self._links():
            await link.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for link in self._links():
            await link.close()
        await self.client.close()

    def _links(self) -> tuple[ServiceBusSender | ServiceBusReceiver, ...]:
        return (self.plain, self.kept, self.receiver, self.deleter, self.session)


async def send_batches(world: BusWorld, count: int) -> None:
    """Send in lists of a hundred."""
    for _ in range(count // BATCH):
        await world.plain.send_messages([message() for _ in range(BATCH)])


async def send_singles(world: BusWorld, count: int) -> None:
    """Send one at a time."""
    for _ in range(count):
        await world.plain.send_messages(message())


async def schedule_batches(world: BusWorld, count: int) -> None:
    """Schedule in lists of a hundred, for tomorrow."""
    due = datetime.now(UTC) + timedelta(days=1)
    for _ in range(count // BATCH):
        await world.plain.schedule_messages([message() for _ in range(BATCH)], due)


async def settle_singles(world: BusWorld, count: int) -> None:
    """Receive a hundred under lock and complete each by itself."""
    await _settle(world.receiver, count)


async def delete_batches(world: BusWorld, count: int) -> None:
    """Receive and delete, a hundred at a time."""
    while count > 0:
        count -= len(await world.deleter.receive_messages(BATCH, max_wait_time=WAIT))


async def send_to_session(world: BusWorld, count: int) -> None:
    """Send in lists of a hundred to one session."""
    for _ in range(count // BATCH):
        await world.kept.send_messages([message("bench") for _ in range(BATCH)])


async def settle_session(world: BusWorld, count: int) -> None:
    """Receive a hundred of a session and complete each by itself."""
    await _settle(world.session, count)


async def _settle(receiver: ServiceBusReceiver, count: int) -> None:
    while count > 0:
        received = await receiver.receive_messages(BATCH, max_wait_time=WAIT)
        for each in received:
            await receiver.complete_message(each)
        count -= len(received)


BATCHED, SETTLED = 15.0, 60.0
WORKLOADS: tuple[Workload[BusWorld], ...] = (
    Workload("send, batches of 100", 10_000, send_batches, server_max=BATCHED),
    Workload("receive and delete, by 100", 10_000, delete_batches, server_max=BATCHED),
    Workload("receive by 100, complete singly", 4_000, settle_singles, send_batches, server_max=SETTLED),
    Workload("send singly", 2_000, send_singles),
    Workload("the same, received and deleted", 2_000, delete_batches, server_max=BATCHED),
    Workload("session: send, batches of 100", 10_000, send_to_session, server_max=BATCHED),
    Workload("session: by 100, complete singly", 10_000, settle_session, server_max=SETTLED),
    Workload("schedule, batches of 100", 5_000, schedule_batches),
)
