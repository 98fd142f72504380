"""Clients of the Service Bus endpoint: each keeps to a queue of its own and leaves it as it was found.

Links are opened anew now and then: the SDK's management links fall silent after 10,000 requests.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from benchmarks.soak.tally import Tally

BATCH = 50
_WAIT = 10
_LINK_LIFE = 3_000
_BODY = b"x" * 1024
_QUEUES = ("settled", "deleted", "buried", "timed")
_TOPOLOGY = {
    "UserConfig": {
        "Namespaces": [
            {
                "Name": "soak",
                "Queues": [
                    *({"Name": name} for name in _QUEUES),
                    {"Name": "once", "Properties": {"RequiresDuplicateDetection": True}},
                    {"Name": "sessions", "Properties": {"RequiresSession": True, "LockDuration": "PT5M"}},
                ],
            }
        ]
    }
}

Client = Callable[[ServiceBusClient, Tally], Awaitable[None]]


def written_topology(folder: Path) -> Path:
    """The topology file of these clients."""
    path = folder / "servicebus.json"
    path.write_text(json.dumps(_TOPOLOGY))
    return path


async def settles(client: ServiceBusClient, tally: Tally) -> None:
    """Send a batch, receive it under lock, complete each; some are abandoned or deferred first."""
    async with client.get_queue_sender("settled") as sender, client.get_queue_receiver("settled") as receiver:
        for turn in tally.turns(_LINK_LIFE):
            await _send(sender, tally, BATCH)
            left = BATCH
            while left > 0:
                with tally.operation("receive"):
                    received = await receiver.receive_messages(BATCH, max_wait_time=_WAIT)
                tally.expect("settled", holds=bool(received), detail=f"{left} messages did not come")
                if turn % 10 == 0 and left == BATCH:
                    await receiver.abandon_message(received.pop())
                    await _defer(receiver, received.pop(), tally)
                    left -= 1
                for each in received:
                    with tally.operation("complete"):
                        await receiver.complete_message(each)
                left -= len(received)


async def deletes(client: ServiceBusClient, tally: Tally) -> None:
    """Send batches, receive and delete them; each id is sent twice to the queue that detects it."""
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    async with (
        client.get_queue_sender("deleted") as sender,
        client.get_queue_sender("once") as careful,
        client.get_queue_receiver("deleted", receive_mode=mode) as receiver,
        client.get_queue_receiver("once", receive_mode=mode) as careful_receiver,
    ):
        for turn in tally.turns(_LINK_LIFE):
            await _send(sender, tally, 2 * BATCH)
            await _receive(receiver, tally, 2 * BATCH)
            if turn % 20 == 0:
                name = f"{datetime.now(UTC).timestamp()}"
                await careful.send_messages([ServiceBusMessage(_BODY, message_id=name) for _ in range(2)])
                await _receive(careful_receiver, tally, 1)


async def holds_sessions(client: ServiceBusClient, tally: Tally) -> None:
    """Send to a few sessions; accept each, take its messages, count in its state, let it go."""
    async with client.get_queue_sender("sessions") as sender:
        for turn in tally.turns(_LINK_LIFE):
            session = f"s{turn % 7}"
            with tally.operation("send", BATCH):
                await sender.send_messages([ServiceBusMessage(_BODY, session_id=session) for _ in range(BATCH)])
            async with client.get_queue_receiver("sessions", session_id=session) as receiver:
                await receiver.session.set_state(f"{turn}")
                left = BATCH
                while left > 0:
                    received = await receiver.receive_messages(BATCH, max_wait_time=_WAIT)
                    tally.expect("sessions", holds=bool(received), detail=f"{left} messages did not come")
                    for each in received:
                        with tally.operation("complete in a session"):
                            await receiver.complete_message(each)
                    left -= len(received)
                state = await receiver.session.get_state()
                tally.expect("sessions", holds=state == f"{turn}".encode(), detail=f"state {state!r} after {turn}")
            tally.counts["session"] += 1


async def buries(client: ServiceBusClient, tally: Tally) -> None:
    """Dead-letter what was sent, and take it from the dead-letter queue."""
    async with (
        client.get_queue_sender("buried") as sender,
        client.get_queue_receiver("buried") as receiver,
        client.get_queue_receiver("buried", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead,
    ):
        for _ in tally.turns(_LINK_LIFE):
            await _send(sender, tally, 10)
            for each in await receiver.receive_messages(10, max_wait_time=_WAIT):
                with tally.operation("dead-letter"):
                    await receiver.dead_letter_message(each, reason="soak")
            for each in await dead.receive_messages(10, max_wait_time=_WAIT):
                await dead.complete_message(each)


async def schedules(client: ServiceBusClient, tally: Tally) -> None:
    """Schedule for tomorrow and cancel; schedule for now and receive."""
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    async with (
        client.get_queue_sender("timed") as sender,
        client.get_queue_receiver("timed", receive_mode=mode) as receiver,
    ):
        for _ in tally.turns(_LINK_LIFE):
            due = datetime.now(UTC) + timedelta(days=1)
            with tally.operation("schedule", 10):
                numbers = await sender.schedule_messages([ServiceBusMessage(_BODY) for _ in range(10)], due)
            with tally.operation("cancel", 10):
                await sender.cancel_scheduled_messages(numbers)
            await sender.schedule_messages(ServiceBusMessage(_BODY), datetime.now(UTC) + timedelta(milliseconds=20))
            await _receive(receiver, tally, 1)


async def _defer(receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage, tally: Tally) -> None:
    number = message.sequence_number or 0
    await receiver.defer_message(message)
    peeked = await receiver.peek_messages(1, sequence_number=number)
    tally.expect("peek", holds=[each.sequence_number for each in peeked] == [number], detail=f"{peeked} for {number}")
    with tally.operation("receive deferred"):
        (deferred,) = await receiver.receive_deferred_messages(number)
    await receiver.complete_message(deferred)


async def _send(sender: ServiceBusSender, tally: Tally, count: int) -> None:
    with tally.operation("send", count):
        await sender.send_messages([ServiceBusMessage(_BODY) for _ in range(count)])


async def _receive(receiver: ServiceBusReceiver, tally: Tally, count: int) -> None:
    while count > 0:
        with tally.operation("receive and delete"):
            received = await receiver.receive_messages(count, max_wait_time=_WAIT)
        tally.expect("receive and delete", holds=bool(received), detail=f"{count} messages did not come")
        count -= len(received)


CLIENTS: tuple[Client, ...] = (settles, deletes, holds_sessions, buries, schedules)
