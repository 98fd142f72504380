import asyncio
from datetime import timedelta

import pytest

from emulators.faults import When
from emulators.servicebus import faults
from emulators.servicebus.amqp.performatives import Attach, Detach, Disposition, Transfer
from emulators.servicebus.amqp.sections import MESSAGE_ANNOTATIONS, section
from emulators.servicebus.amqp.values import Symbol, Timestamp
from tests.support.faulty_wire import (
    BODY,
    RECEIVING,
    FaultyWire,
    a_faulty_wire,
    accept_session,
    condition,
    in_session,
)
from tests.support.wire_client import of_kind

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LOST = "com.microsoft:message-lock-lost"


def outcome(settled: list[Disposition]) -> str:
    (one,) = settled
    assert one.state is not None
    return condition(one) if one.state.value else "done"


async def turns() -> None:
    """Let what waits for the end of a turn happen."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_lock_runs_out_under_its_holder_who_learns_it_when_it_settles() -> None:
    wire = a_faulty_wire(faults.ExpireLock(at="delivery"), messages=1)

    (number,) = wire.receive(1)
    await turns()

    assert outcome(wire.settle(number)) == LOST
    assert wire.another().receive(1) == [0]


async def test_all_locks_of_an_entity_run_out_now() -> None:
    wire = a_faulty_wire(messages=2)
    numbers = wire.receive(2)

    wire.set(faults.ExpireLock(entity="q"))

    assert [outcome(wire.settle(number)) for number in numbers] == [LOST, LOST]


async def test_a_settle_is_lost_though_it_was_confirmed() -> None:
    wire = a_faulty_wire(faults.LoseSettle(), messages=1)

    (number,) = wire.receive(1)

    assert outcome(wire.settle(number)) == "done"
    assert wire.counts().active == 1
    wire.clock.advance(MINUTE)
    assert len(wire.another().receive(1)) == 1


async def test_a_settle_is_lost_without_a_word() -> None:
    wire = a_faulty_wire(faults.LoseSettle(answered=False), messages=1)

    assert wire.settle(wire.receive(1)[0]) == []
    assert wire.counts().active == 1


@pytest.mark.parametrize("kind", [faults.LoseAnswer, faults.DropConnection])
async def test_the_answer_to_a_settle_is_lost_though_it_was_done(
    kind: type[faults.LoseAnswer | faults.DropConnection],
) -> None:
    wire = a_faulty_wire(kind(at="disposition"), messages=1)

    assert wire.settle(wire.receive(1)[0]) == []
    assert wire.counts().active == 0


async def test_a_settle_is_refused_and_the_lock_stays() -> None:
    wire = a_faulty_wire(faults.Refuse(at="disposition"), messages=1)

    assert outcome(wire.settle(wire.receive(1)[0])) == "amqp:internal-error"
    assert wire.counts().active == 1


async def test_a_delivery_is_delayed() -> None:
    wire = a_faulty_wire(faults.DelayDelivery(delay=SECOND), messages=2)

    at_first = wire.receive(2)
    wire.clock.advance(SECOND)

    assert (len(at_first), len(wire.deliveries())) == (1, 1)


async def test_a_delivery_whose_lock_ran_out_meanwhile_is_not_made_by_it() -> None:
    wire = a_faulty_wire(faults.DelayDelivery(delay=2 * MINUTE), messages=1)

    assert wire.receive(2) == []
    wire.clock.advance(MINUTE)
    again = wire.deliveries()
    wire.clock.advance(MINUTE)

    assert again == [0]
    assert len(wire.deliveries()) == 1, "its second lock ran out too"


async def test_a_message_is_delivered_twice_under_one_lock() -> None:
    wire = a_faulty_wire(faults.DuplicateDelivery(), messages=1)

    first, second = wire.receive(1)

    assert (outcome(wire.settle(first)), outcome(wire.settle(second))) == ("done", LOST)


async def test_a_message_is_overtaken_by_those_behind_it() -> None:
    wire = a_faulty_wire(faults.ReorderDeliveries(by=2), messages=4)

    wire.client.grant(RECEIVING, 10)
    heard = [performative for performative, _ in wire.client.hear() if isinstance(performative, Transfer)]
    tags = [int.from_bytes(each.delivery_tag or b"", "big") for each in heard]

    assert [sorted(tags).index(tag) for tag in tags] == [1, 2, 0, 3]


async def test_a_message_that_nothing_overtakes_comes_after_a_time() -> None:
    wire = a_faulty_wire(faults.ReorderDeliveries(delay=SECOND), messages=1)

    at_first = wire.receive(2)
    wire.clock.advance(SECOND)

    assert (at_first, len(wire.deliveries())) == ([], 1)


@pytest.mark.parametrize(("when", "heard"), [("before", 1), ("after", 2)])
async def test_a_connection_drops_before_or_after_a_delivery(when: When, heard: int) -> None:
    wire = a_faulty_wire(faults.DropConnection(at="delivery", when=when, skip=1), messages=3)

    assert len(wire.receive(3)) == heard
    assert wire.client.wire.closed


async def test_a_message_is_dead_lettered_in_place_of_its_delivery() -> None:
    wire = a_faulty_wire(faults.DeadLetter(), messages=2)

    delivered = wire.receive(1)
    await turns()

    assert (delivered, len(wire.deliveries())) == ([], 1)
    assert (wire.counts().active, wire.counts().dead_lettered) == (1, 1)


async def test_settlings_are_confirmed_as_a_range() -> None:
    wire = a_faulty_wire(faults.CoalesceDispositions(count=None, delay=SECOND), messages=3)

    for number in wire.receive(3):
        assert wire.settle(number) == []
    wire.clock.advance(SECOND)

    assert [(each.first, each.last) for each in of_kind(wire.client.hear(), Disposition)] == [(0, 2)]


async def test_a_session_is_lost_and_its_holder_told() -> None:
    wire = a_faulty_wire(queue="s", messages=1)
    accept_session(wire)

    wire.set(faults.ExpireSessionLock(session="one"))

    (detach,) = of_kind(wire.client.hear(), Detach)
    assert condition(detach) == "com.microsoft:session-lock-lost"


async def test_a_session_is_lost_in_silence_and_another_gets_it() -> None:
    wire = a_faulty_wire(queue="s", messages=1)
    accept_session(wire)
    (number,) = wire.receive(1)

    wire.set(faults.ExpireSessionLock(entity="s", silent=True))
    another = wire.another()
    (attach,) = of_kind(accept_session(another), Attach)

    assert wire.client.hear() == []
    assert attach.source is not None
    assert outcome(wire.settle(number)) == LOST
    assert wire.receive(5) == []
    assert another.receive(1) == [0]


async def test_a_stolen_session_is_held_by_another_for_a_time() -> None:
    wire = a_faulty_wire(queue="s", messages=1)
    accept_session(wire)

    wire.set(faults.StealSession(session="one", hold=SECOND))
    (detach,) = of_kind(wire.client.hear(), Detach)
    refused = of_kind(accept_session(wire), Detach)
    wire.clock.advance(SECOND)
    granted = of_kind(accept_session(wire), Detach)

    assert condition(detach) == "com.microsoft:session-lock-lost"
    assert condition(refused[0]) == "com.microsoft:session-cannot-be-locked"
    assert granted == []


async def test_a_session_is_stolen_once_a_message_of_it_is_delivered() -> None:
    wire = a_faulty_wire(faults.StealSession(at="delivery"), queue="s", messages=1)
    accept_session(wire)

    delivered = wire.receive(1)
    await turns()

    assert delivered == [0]
    assert len(of_kind(wire.client.hear(), Detach)) == 1


async def test_a_fault_means_one_session_only() -> None:
    wire = a_faulty_wire(faults.Refuse(session="two", count=None), queue="s")

    sent = [outcome(of_kind(wire.send(in_session(name)), Disposition)) for name in ("one", "two")]

    assert sent == ["done", "amqp:internal-error"]


def due_in(wire: FaultyWire, span: timedelta) -> bytes:
    due = wire.clock.now() + int(span / timedelta(milliseconds=1))
    return section(MESSAGE_ANNOTATIONS, {Symbol("x-opt-scheduled-enqueue-time"): Timestamp(due)}) + BODY


async def test_a_scheduled_message_comes_early() -> None:
    wire = a_faulty_wire(faults.DeliverEarly(early=MINUTE))

    wire.send(due_in(wire, 3 * MINUTE))
    wire.send(due_in(wire, 3 * MINUTE))
    wire.clock.advance(2 * MINUTE)

    assert (wire.counts().active, wire.counts().scheduled) == (1, 1)


async def test_what_is_scheduled_comes_now() -> None:
    wire = a_faulty_wire()
    wire.send(due_in(wire, MINUTE))

    wire.set(faults.DeliverEarly(at="now"))
    wire.client.hear()

    assert (wire.counts().active, wire.counts().scheduled) == (1, 0)


async def test_the_clock_is_ahead_while_the_fault_is_set() -> None:
    wire = a_faulty_wire()
    wire.send(due_in(wire, MINUTE))
    before = wire.hub.clock.now()

    wire.set(faults.ClockOffset(name="ahead", offset=MINUTE))
    wire.client.hear()
    ahead = wire.hub.clock.now() - before
    wire.tampering.faults.remove("ahead")

    assert wire.counts().active == 1
    assert ahead >= 60_000
    assert wire.hub.clock.now() - before < 60_000
