"""What a session remembers, and which sessions there are."""

from datetime import timedelta

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.exceptions import OperationTimeoutError, ServiceBusError, SessionLockLostError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, receive
from tests.conformance.servicebus.entities import queue, subscription, topic

session_states = Area("session states and listing", "Message sessions", "aio")

SESSIONS = queue(requires_session=True)
LISTING = "Azure Service Bus client library for Python (list_queue_sessions)"


async def _listed(bus: Bus, orders: str, **options: object) -> set[str]:
    return {session async for session in bus.client.list_queue_sessions(orders, **options)}  # type: ignore[arg-type]


@session_states.case(SESSIONS)
async def a_new_session_has_no_state(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="a")

    assert await receiver.session.get_state() is None


@session_states.case(SESSIONS)
async def a_state_is_read_as_it_was_set(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="a")

    await receiver.session.set_state(b"\x00state")

    assert await receiver.session.get_state() == b"\x00state"


@session_states.case(SESSIONS)
async def a_state_is_overwritten(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="a")
    await receiver.session.set_state("first")

    await receiver.session.set_state("second")

    assert await receiver.session.get_state() == b"second"


@session_states.case(SESSIONS)
async def a_state_is_cleared_by_none(bus: Bus, orders: str) -> None:
    """A state is cleared by None."""
    receiver = await bus.receiver(orders, session_id="a")
    await receiver.session.set_state("state")

    await receiver.session.set_state(None)

    assert await receiver.session.get_state() is None


@session_states.case(SESSIONS)
async def a_state_is_there_for_the_next_holder(bus: Bus, orders: str) -> None:
    async with bus.new_receiver(orders, session_id="a") as first:
        await first.session.set_state("state")

    async with bus.new_receiver(orders, session_id="a") as second:
        assert await second.session.get_state() == b"state"


@session_states.case(SESSIONS)
async def a_state_outlives_the_messages_of_its_session(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", session_id="a"))
    async with bus.new_receiver(orders, session_id="a") as first:
        await first.session.set_state("state")
        await first.complete_message((await receive(first, 1, bus.wait))[0])

    async with bus.new_receiver(orders, session_id="a") as second:
        assert await second.session.get_state() == b"state"


@session_states.case(SESSIONS)
async def states_belong_to_their_sessions(bus: Bus, orders: str) -> None:
    first, second = await bus.receiver(orders, session_id="a"), await bus.receiver(orders, session_id="b")

    await first.session.set_state("of a")

    assert await second.session.get_state() is None


@session_states.case(SESSIONS)
async def a_session_that_has_only_a_state_is_not_available_next(bus: Bus, orders: str) -> None:
    """A session that has a state but no messages is not the next available one."""
    async with bus.new_receiver(orders, session_id="a") as receiver:
        await receiver.session.set_state("state")

    with pytest.raises(OperationTimeoutError):
        async with bus.new_receiver(orders, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1):
            pass


@session_states.case(SESSIONS)
async def a_large_state_is_kept(bus: Bus, orders: str) -> None:
    """A state of 200 KB is kept."""
    receiver = await bus.receiver(orders, session_id="a")

    await receiver.session.set_state(b"x" * 200_000)

    assert await receiver.session.get_state() == b"x" * 200_000


@session_states.case(SESSIONS)
async def a_state_over_256_kilobytes_is_refused(bus: Bus, orders: str) -> None:
    """A state of more than 256 KB is refused in the tier Standard."""
    receiver = await bus.receiver(orders, session_id="a")

    with pytest.raises(ServiceBusError):
        await receiver.session.set_state(b"x" * 300_000)


@session_states.case(queue(requires_session=True, lock_duration=timedelta(seconds=10)), waits=12)
async def the_state_of_a_session_that_was_lost_can_not_be_set(bus: Bus, orders: str) -> None:
    """The state of a session that was lost can't be set."""
    receiver = await bus.receiver(orders, session_id="a")

    await bus.pass_time(12)

    with pytest.raises(SessionLockLostError):
        await receiver.session.set_state("late")


@session_states.case(SESSIONS, documented=LISTING)
async def sessions_with_messages_are_listed(bus: Bus, orders: str) -> None:
    await bus.send(orders, *(ServiceBusMessage("one", session_id=name) for name in ("a", "b", "a")))

    assert await _listed(bus, orders) == {"a", "b"}


@session_states.case(SESSIONS, documented=LISTING)
async def sessions_with_a_state_are_listed(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="a")
    await receiver.session.set_state("state")

    assert await _listed(bus, orders) == {"a"}


@session_states.case(SESSIONS, documented=LISTING)
async def a_queue_without_messages_and_states_lists_no_sessions(bus: Bus, orders: str) -> None:
    assert await _listed(bus, orders) == set()


@session_states.case(SESSIONS, documented=LISTING)
async def a_session_whose_messages_are_done_is_not_listed(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", session_id="a"))
    async with bus.new_receiver(orders, session_id="a") as receiver:
        await receiver.complete_message((await receive(receiver, 1, bus.wait))[0])

    assert await _listed(bus, orders) == set()


@session_states.case(SESSIONS, documented=LISTING)
async def sessions_are_listed_by_when_their_state_was_set(bus: Bus, orders: str) -> None:
    """Only sessions whose state was set after a time are listed, if one is given."""
    receiver = await bus.receiver(orders, session_id="a")
    await receiver.session.set_state("state")

    assert await _listed(bus, orders, state_updated_after=bus.later(-3600)) == {"a"}
    assert await _listed(bus, orders, state_updated_after=bus.later(3600)) == set()


@session_states.case(SESSIONS, documented=LISTING)
async def more_sessions_than_one_page_holds_are_all_listed(bus: Bus, orders: str) -> None:
    """More sessions than a page of 100 holds are all listed."""
    names = {f"s{number}" for number in range(130)}
    await bus.send(orders, *(ServiceBusMessage("", session_id=name) for name in names))

    assert await _listed(bus, orders) == names


@session_states.case(topic(s=subscription(requires_session=True)), documented=LISTING)
async def the_sessions_of_a_subscription_are_listed(bus: Bus, news: str) -> None:
    await bus.send(news, ServiceBusMessage("one", session_id="a"))

    assert [session async for session in bus.client.list_subscription_sessions(news, "s")] == ["a"]
