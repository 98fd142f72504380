import asyncio
from datetime import timedelta

import pytest

from emulators.faults import When
from emulators.servicebus import faults
from emulators.servicebus.amqp.performatives import Detach, Disposition, Flow, Transfer
from tests.support.faulty_wire import (
    REQUESTS,
    RESPONSES,
    a_faulty_wire,
    condition,
    with_management,
)
from tests.support.wire_client import of_kind

PEEK = "com.microsoft:peek-message"
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "wanted",
    [
        "com.microsoft:server-busy",
        "amqp:internal-error",
        "amqp:resource-limit-exceeded",
        "amqp:link:message-size-exceeded",
    ],
)
async def test_a_send_is_refused_with_the_chosen_condition(wanted: str) -> None:
    wire = a_faulty_wire(faults.Refuse(condition=wanted))

    (refused,), (accepted,) = of_kind(wire.send(), Disposition), of_kind(wire.send(), Disposition)

    assert condition(refused) == wanted
    assert accepted.state.descriptor == 0x24
    assert wire.counts().active == 1


async def test_throttling_meets_sends_requests_and_links_alike() -> None:
    wire = with_management(a_faulty_wire())
    wire.set(faults.Throttle(count=3))

    (refused,) = of_kind(wire.send(), Disposition)
    wire.client.request(REQUESTS, 1, PEEK, {})
    responses = of_kind(wire.client.hear(), Transfer)
    (detach,) = of_kind(wire.client.attach(9, "q", receives=True), Detach)

    assert condition(refused) == condition(detach) == "com.microsoft:server-busy"
    assert len(responses) == 1
    assert wire.hits() == [3]


async def test_an_answer_is_lost_though_the_message_is_stored() -> None:
    wire = a_faulty_wire(faults.LoseAnswer())

    heard = wire.send()

    assert of_kind(heard, Disposition) == []
    assert wire.counts().active == 1
    assert not wire.client.wire.closed


async def test_the_answer_of_a_send_comes_later() -> None:
    wire = a_faulty_wire(faults.DelayAnswer(at="transfer", delay=SECOND))

    at_first = of_kind(wire.send(), Disposition)
    wire.clock.advance(SECOND)

    assert at_first == []
    assert wire.counts().active == 1
    assert len(of_kind(wire.client.hear(), Disposition)) == 1


@pytest.mark.parametrize(("when", "stored"), [("before", 1), ("after", 2)])
async def test_a_connection_drops_before_or_after_the_second_transfer(when: When, stored: int) -> None:
    wire = a_faulty_wire(faults.DropConnection(at="transfer", when=when, skip=1))

    first, second = wire.send(), wire.send()

    assert len(of_kind(first, Disposition)) == 1
    assert of_kind(second, Disposition) == []
    assert wire.client.wire.closed
    assert wire.counts().active == stored


async def test_what_was_said_before_a_drop_is_still_heard() -> None:
    wire = a_faulty_wire(faults.DropConnection(at="transfer", skip=1))

    for number in range(3):
        wire.client.transfer(1, number, b"\x00\x53\x75\xa0\x00")
    heard = of_kind(wire.client.hear(), Disposition)

    assert [each.first for each in heard] == [0]
    assert wire.counts().active == 2


async def test_a_connection_drops_at_a_frame_of_one_kind() -> None:
    wire = a_faulty_wire(faults.DropConnection(at="frame", frame="attach"))

    wire.send()
    assert not wire.client.wire.closed
    wire.client.attach(9, "q", receives=False)

    assert wire.client.wire.closed


async def test_connections_of_one_entity_drop_now() -> None:
    wire = a_faulty_wire()
    spared = wire.another()
    spared.client.attach(9, "other", receives=False)

    wire.set(faults.DropConnection(entity="OTHER"))

    assert (wire.client.wire.closed, spared.client.wire.closed) == (False, True)
    assert wire.hits() == [1]


async def test_a_link_is_detached_after_a_transfer() -> None:
    wire = a_faulty_wire(faults.DetachLink(at="transfer", condition="com.microsoft:entity-disabled"))

    heard = wire.send()

    (detach,) = of_kind(heard, Detach)
    assert (detach.handle, condition(detach)) == (1, "com.microsoft:entity-disabled")
    assert len(of_kind(heard, Disposition)) == 1


async def test_only_links_of_one_role_are_detached_now() -> None:
    wire = a_faulty_wire()

    wire.set(faults.DetachLink(link="receiver"))

    assert [each.handle for each in of_kind(wire.client.hear(), Detach)] == [2]


async def test_answers_to_sends_are_told_as_a_range() -> None:
    wire = a_faulty_wire(faults.CoalesceDispositions(at="transfer", count=None))

    for number in range(3):
        wire.client.transfer(1, number, b"\x00\x53\x75\xa0\x00")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [(each.first, each.last) for each in of_kind(wire.client.hear(), Disposition)] == [(0, 2)]


async def test_a_sender_gets_its_credit_late_or_once_the_fault_is_removed() -> None:
    wire = a_faulty_wire(faults.WithholdCredit(name="w"), faults.WithholdCredit(delay=SECOND))

    none = of_kind([*wire.client.attach(8, "q", receives=False), *wire.client.attach(9, "q", receives=False)], Flow)
    wire.clock.advance(SECOND)
    late = of_kind(wire.client.hear(), Flow)
    wire.tampering.faults.remove("w")
    removed = of_kind(wire.client.hear(), Flow)

    assert none == []
    assert ([each.handle for each in late], [each.handle for each in removed]) == ([9], [8])


async def test_a_management_request_is_answered_late() -> None:
    wire = with_management(a_faulty_wire())
    wire.set(faults.DelayAnswer(delay=SECOND, operation="peek-message"))

    wire.client.request(REQUESTS, 1, PEEK, {})
    at_first = of_kind(wire.client.hear(), Transfer)
    wire.clock.advance(SECOND)

    assert at_first == []
    assert [each.handle for each in of_kind(wire.client.hear(), Transfer)] == [RESPONSES]


async def test_an_operation_that_a_fault_does_not_mean_is_answered() -> None:
    wire = with_management(a_faulty_wire())
    wire.set(faults.LoseAnswer(at="request", operation="renew-lock"))

    wire.client.request(REQUESTS, 1, PEEK, {})

    assert len(of_kind(wire.client.hear(), Transfer)) == 1


async def test_the_credit_for_responses_ends_until_the_client_grants_more() -> None:
    wire = with_management(a_faulty_wire())
    wire.set(faults.EndCredit(skip=1))

    for number in range(3):
        wire.client.request(REQUESTS, number, PEEK, {})
    answered = of_kind(wire.client.hear(), Transfer)
    wire.client.grant(RESPONSES, 10, delivery_count=1)

    assert len(answered) == 1
    assert len(of_kind(wire.client.hear(), Transfer)) == 2
