"""How long a session is held, and which one comes next."""

import asyncio
from datetime import timedelta

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.exceptions import OperationTimeoutError, SessionLockLostError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies, receive
from tests.conformance.servicebus.entities import queue

holding = Area("holding sessions", "Message sessions", "aio")

SESSIONS = queue(requires_session=True)
SHORT = queue(requires_session=True, lock_duration=timedelta(seconds=10))


def _of(session: str, *texts: str) -> list[ServiceBusMessage]:
    return [ServiceBusMessage(text, session_id=session) for text in texts]


@holding.case(SESSIONS)
async def the_next_available_session_is_one_with_messages(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"))

    async with bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION) as receiver:
        assert receiver.session.session_id == "a"
        assert bodies(await receive(receiver, 1, bus.wait)) == ["one"]


@holding.case(SESSIONS)
async def the_next_available_session_is_not_one_that_is_held(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"), *_of("b", "two"))
    await bus.receiver(orders, session_id="a")

    async with bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION) as receiver:
        assert receiver.session.session_id == "b"


@holding.case(SESSIONS)
async def two_receivers_of_the_next_available_session_get_two_sessions(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"), *_of("b", "two"))
    first = await bus.receiver(orders, session_id=NEXT_AVAILABLE_SESSION)

    async with bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION) as second:
        assert {first.session.session_id, second.session.session_id} == {"a", "b"}


@holding.case(SESSIONS)
async def without_a_session_with_messages_the_next_available_times_out(bus: Bus, orders: str) -> None:
    with pytest.raises(OperationTimeoutError):
        async with bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1):
            pass


@holding.case(SESSIONS)
async def who_waits_for_a_session_gets_one_when_a_message_comes(bus: Bus, orders: str) -> None:
    receiver = bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION)
    waiting = asyncio.create_task(receiver.__aenter__())
    await asyncio.sleep(bus.briefly)

    await bus.send(orders, *_of("a", "one"))
    await waiting

    assert receiver.session.session_id == "a"


@holding.case(SESSIONS)
async def a_session_whose_messages_are_all_locked_or_done_is_not_available(bus: Bus, orders: str) -> None:
    """A session whose messages are all completed is not the next available one."""
    await bus.send(orders, *_of("a", "one"))
    async with bus.new_receiver(orders, session_id="a") as receiver:
        await receiver.complete_message((await receive(receiver, 1, bus.wait))[0])

    with pytest.raises(OperationTimeoutError):
        async with bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1):
            pass


@holding.case(SHORT, waits=8)
async def a_renewed_session_is_locked_from_now_on(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="a")
    first = receiver.session.locked_until_utc
    await bus.pass_time(8)

    until = await receiver.session.renew_lock()

    assert first is not None
    assert until == receiver.session.locked_until_utc
    assert until > first


@holding.case(SHORT, waits=16)
async def a_renewal_holds_the_messages_of_the_session_too(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"))
    receiver = await bus.receiver(orders, session_id="a")
    message = await bus.receive_one(orders, session_id="a")

    for _ in range(2):
        await bus.pass_time(8)
        await receiver.session.renew_lock()

    await receiver.complete_message(message)
    assert await bus.peek(orders, session_id="a") == []


@holding.case(SHORT, waits=12)
async def a_session_whose_lock_ran_out_can_be_accepted_by_another(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"))
    await bus.receive_one(orders, session_id="a")

    await bus.pass_time(12)

    async with bus.new_receiver(orders, session_id="a") as second:
        (message,) = await receive(second, 1, bus.wait)
        assert (str(message), message.delivery_count) == ("one", 1)


@holding.case(SHORT, waits=12)
async def nothing_can_be_settled_in_a_session_that_was_lost(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"))
    receiver = await bus.receiver(orders, session_id="a")
    message = await bus.receive_one(orders, session_id="a")

    await bus.pass_time(12)

    with pytest.raises(SessionLockLostError):
        await receiver.complete_message(message)


@holding.case(SHORT, waits=12)
async def a_session_that_was_lost_can_not_be_renewed(bus: Bus, orders: str) -> None:
    """A session that was lost can't be renewed."""
    receiver = await bus.receiver(orders, session_id="a")

    await bus.pass_time(12)

    with pytest.raises(SessionLockLostError):
        await receiver.session.renew_lock()
