import asyncio
from datetime import timedelta

import pytest

from durable.errors import BrokerUnavailable, LockLost
from durable.messages import Message
from durable.ports import Delivery, Receiver
from tests.support.broker_world import ids, nothing_comes, some_messages, take, take_one
from tests.support.servicebus_endpoint import ServiceBusWorld

PATIENCE = timedelta(seconds=3)


class HazardsContract:
    """Where the SDK is known to lose, repeat, hang or stall."""

    async def test_a_send_after_the_connection_was_cut_arrives(self, world: ServiceBusWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(1))

        world.cut_connections()
        await world.broker.send(queue, some_messages(2))

        receiver = await world.broker.receiver(queue)
        assert ids(await take(receiver, 2)) == ["m-0", "m-1"]
        assert await nothing_comes(receiver)

    async def test_a_receiver_whose_connection_was_cut_reconnects(self, world: ServiceBusWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(2))
        receiver = await world.broker.receiver(queue)
        before = await take_one(receiver)

        world.cut_connections()
        after = await receive_through_failures(receiver)

        assert (before.id, after.id) == ("m-0", "m-1")
        await receiver.complete([before, after])
        assert world.endpoint.counts()[queue].active == 0

    async def test_a_waiting_receive_is_told_when_the_connection_is_cut(self, world: ServiceBusWorld) -> None:
        receiver = await world.broker.receiver(world.fresh("plain"))
        waiting = asyncio.create_task(receiver.receive(1, timedelta(seconds=30)))
        await asyncio.sleep(0.1)

        world.cut_connections()

        with pytest.raises(BrokerUnavailable):
            await asyncio.wait_for(waiting, 5)

    async def test_a_session_goes_with_its_connection(self, world: ServiceBusWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(2, "a"))
        session = await world.broker.session(queue, "a")
        await take_one(session)

        world.cut_connections()

        with pytest.raises(LockLost):
            await session.receive(1, PATIENCE)
        with pytest.raises(LockLost):
            await session.renew_session()
        again = await world.broker.session(queue, "a")
        assert ids(await take(again, 2)) == ["m-0", "m-1"]

    async def test_a_cancelled_receive_loses_no_message(self, world: ServiceBusWorld) -> None:
        queue = world.fresh("sessions")
        session = await world.broker.session(queue, "a")
        for number in range(10):
            waiting = asyncio.create_task(session.receive(10, PATIENCE))
            sending = asyncio.create_task(world.broker.send(queue, [Message(b"", f"m-{number}", "a")]))
            await asyncio.sleep(0.002 * number)
            waiting.cancel()
            await asyncio.wait([waiting, sending])
            taken = [] if waiting.cancelled() else list(waiting.result())

            assert ids(taken or await take(session, 1)) == [f"m-{number}"]

    async def test_a_cancelled_send_harms_no_other(self, world: ServiceBusWorld) -> None:
        queue = world.fresh("plain")
        sends = [asyncio.create_task(world.broker.send(queue, some_messages(1, head=f"call{n}"))) for n in range(10)]
        await asyncio.sleep(0)
        for send in sends[::2]:
            send.cancel()

        results = await asyncio.gather(*sends[1::2])

        assert results == [None] * 5
        receiver = await world.broker.receiver(queue)
        arrived = set(ids(await take(receiver, 5)))
        while batch := await receiver.receive(10, timedelta(milliseconds=50)):
            arrived.update(ids(batch))
        assert {f"call{n}-0" for n in range(1, 10, 2)} <= arrived


async def receive_through_failures(receiver: Receiver) -> Delivery:
    for _ in range(10):
        try:
            return await take_one(receiver)
        except BrokerUnavailable:
            continue
    raise AssertionError("the receiver did not reconnect")
