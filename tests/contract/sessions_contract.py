import asyncio
from datetime import timedelta
from time import perf_counter

import pytest

from durable.errors import LockLost, SessionTaken, UnknownDestination
from durable.ports import SessionReceiver
from tests.support.broker_world import LOCK, BrokerWorld, ids, nothing_comes, some_messages, take, take_one

MARGIN = timedelta(seconds=1)
PATIENCE = timedelta(seconds=3)


class SessionsContract:
    """What `Broker.session` and `SessionReceiver` promise."""

    async def test_a_session_gives_its_own_messages_in_order(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, [*some_messages(120, "a", "a"), *some_messages(3, "b", "b")])

        session = await world.broker.session(queue, "a")

        assert session.session == "a"
        taken = await take(session, 120)
        assert ids(taken) == [f"a-{n}" for n in range(120)]
        assert {delivery.session for delivery in taken} == {"a"}
        assert await nothing_comes(session)

    async def test_an_empty_session_is_taken_and_gets_what_comes(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        session = await world.broker.session(queue, "007")

        waiting = asyncio.create_task(session.receive(100, PATIENCE))
        await world.broker.send(queue, some_messages(1, "007"))

        assert ids(await waiting) == ["m-0"]

    async def test_a_held_session_is_refused_to_others_soon(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.session(queue, "a")
        other = await world.other_process()

        started = perf_counter()
        for broker in (world.broker, other):
            with pytest.raises(SessionTaken):
                await broker.session(queue, "a")

        assert perf_counter() - started < 2.5
        assert (await other.session(queue, "b")).session == "b"

    async def test_a_queue_that_is_not_there_is_said(self, world: BrokerWorld) -> None:
        with pytest.raises(world.absence):
            await world.broker.session("no-such-queue", "a")

    async def test_a_queue_without_sessions_is_said(self, world: BrokerWorld) -> None:
        with pytest.raises(UnknownDestination):
            await world.broker.session(world.fresh("plain"), "a")

    async def test_closing_frees_the_session_at_once_with_what_was_not_settled(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(5, "a"))
        first = await world.broker.session(queue, "a")
        await first.complete((await take(first, 3))[:1])

        await first.close()
        second = await (await world.other_process()).session(queue, "a")

        assert ids(await take(second, 4)) == ["m-1", "m-2", "m-3", "m-4"]

    async def test_a_closed_session_receiver_is_dead(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        session = await world.broker.session(queue, "a")

        await session.close()
        await session.close()

        with pytest.raises(LockLost):
            await session.receive(1, timedelta(0))

    async def test_completed_messages_of_a_session_never_come_again(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(250, "a"))
        session = await world.broker.session(queue, "a")

        await session.complete(await take(session, 250))

        await session.close()
        assert await nothing_comes(await world.broker.session(queue, "a"))

    async def test_an_abandoned_message_of_a_session_comes_again_before_later_ones(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(3, "a"))
        session = await world.broker.session(queue, "a")

        await session.abandon(await take_one(session))

        taken = await take(session, 3)
        assert [(delivery.id, delivery.deliveries) for delivery in taken] == [("m-0", 1), ("m-1", 0), ("m-2", 0)]

    async def test_a_dead_lettered_message_of_a_session_is_found_without_one(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(2, "a"))
        session = await world.broker.session(queue, "a")

        await session.dead_letter(await take_one(session), "Undecodable", "no JSON")

        dead = await take_one(await world.broker.receiver(f"{queue}/$deadletter"))
        assert (dead.id, dead.session, dead.properties["DeadLetterReason"]) == ("m-0", "a", "Undecodable")
        assert ids(await take(session, 1)) == ["m-1"]

    async def test_a_renewed_session_is_held_for_longer(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(1, "a"))
        session = await world.broker.session(queue, "a")
        delivery = await take_one(session)

        for _ in range(3):
            await world.pass_time(LOCK * 0.7)
            await session.renew_session()

        await session.complete([delivery])
        with pytest.raises(SessionTaken):
            await world.broker.session(queue, "a")

    async def test_a_session_whose_lock_expired_is_lost_to_its_holder_and_free_to_others(
        self, world: BrokerWorld
    ) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(2, "a"))
        first = await world.broker.session(queue, "a")
        delivery = await take_one(first)

        await world.pass_time(LOCK + MARGIN)

        await says_lost(first)
        with pytest.raises(LockLost):
            await first.complete([delivery])
        with pytest.raises(LockLost):
            await first.renew_session()
        second = await world.broker.session(queue, "a")
        assert ids(await take(second, 2)) == ["m-0", "m-1"]

    async def test_renewals_and_settles_go_on_while_a_receive_waits(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        await world.broker.send(queue, some_messages(20, "a"))
        session = await world.broker.session(queue, "a")
        taken = await take(session, 20)

        waiting = asyncio.create_task(session.receive(10, PATIENCE))
        await asyncio.sleep(0.03)
        started = perf_counter()
        await asyncio.gather(session.renew_session(), session.complete(taken))

        assert perf_counter() - started < 0.4
        await world.broker.send(queue, some_messages(1, "a", "next"))
        assert ids(await waiting) == ["next-0"]


async def says_lost(session: SessionReceiver) -> None:
    with pytest.raises(LockLost):
        await session.receive(1, PATIENCE)
