from datetime import timedelta
from typing import cast

from emulators.servicebus.amqp.performatives import (
    DETACH,
    DISPOSITION,
    END,
    FLOW,
    Attach,
    Begin,
    Detach,
    Disposition,
    Flow,
    Transfer,
)
from emulators.servicebus.amqp.sections import DATA, PROPERTIES, section
from emulators.servicebus.amqp.values import Described, Uint
from emulators.servicebus.broker.broker import Plan, QueuePlan
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.wire.claims import Claims
from emulators.servicebus.wire.incoming import CREDIT
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.session import Session
from emulators.servicebus.wire.unsettled import Unsettled
from tests.support.wire_client import NO, YES, WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q"),))
BODY = section(DATA, b"body")
ACCEPTED = Described(0x24, [])


def a_client(**options: int) -> WireClient:
    client = WireClient(a_hub(PLAN))
    client.open(**options)
    return client


def filled(client: WireClient, *payloads: bytes) -> None:
    """Put messages into the queue over link 9."""
    client.attach(9, "q", receives=False)
    for number, payload in enumerate(payloads):
        client.transfer(9, number, payload)
    client.hear()


async def test_a_sender_link_is_answered_and_granted_credit_at_once() -> None:
    (attach, _), (flow, _) = a_client().attach(1, "amqps://localhost:1/q", receives=False)

    assert isinstance(attach, Attach)
    assert attach.source is not None
    assert attach.target == Described(0x29, ["amqps://localhost:1/q"])
    assert (attach.handle, attach.role, attach.max_message_size) == (1, True, 262_144)
    assert isinstance(flow, Flow)
    assert flow.link_credit == CREDIT


async def test_a_refused_link_is_attached_without_its_terminus_and_detached_with_the_reason() -> None:
    (attach, _), (detach, _) = a_client().attach(1, "nowhere", receives=True)

    assert isinstance(attach, Attach)
    assert (attach.source, attach.target) == (None, None)
    assert isinstance(detach, Detach)
    assert detach.closed
    assert detach.error is not None
    assert "amqp:not-found" in str(detach.error)


async def test_without_a_token_no_entity_is_served() -> None:
    client = a_client()
    client.connection.claims = Claims()

    heard = client.attach(1, "q", receives=False) + client.attach(2, "q/$management", receives=False)

    assert [str(each.error).count("amqp:unauthorized-access") for each in of_kind(heard, Detach)] == [1, 1]


async def test_credit_is_renewed_long_before_it_is_used_up() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)

    for number in range(CREDIT // 2):
        client.transfer(1, number, BODY)
    flows = of_kind(client.hear(), Flow)

    assert [(flow.delivery_count, flow.link_credit) for flow in flows] == [(CREDIT // 2, CREDIT)]
    assert flows[0].next_incoming_id == CREDIT // 2


async def test_a_message_in_several_frames_is_put_together() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)
    payload = section(DATA, b"x" * 1000)

    client.transfer(1, 0, payload[:400], more=True)
    client.transfer(1, 0, payload[400:900], more=True)
    nothing_yet = client.hear()
    client.transfer(1, 0, payload[900:])
    outcomes = of_kind(client.hear(), Disposition)

    assert nothing_yet == []
    assert [(each.role, each.first, each.settled, each.state) for each in outcomes] == [(True, 0, True, ACCEPTED)]


async def test_each_delivery_gets_a_disposition_of_its_own_even_if_settled_as_a_range() -> None:
    client = a_client()
    filled(client, BODY, BODY, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 3)
    client.hear()

    client.say(DISPOSITION, YES, Uint(0), Uint(2), NO, ACCEPTED)
    outcomes = of_kind(client.hear(), Disposition)

    assert [(each.role, each.first, each.settled) for each in outcomes] == [
        (False, number, True) for number in range(3)
    ]


async def test_a_settled_disposition_is_not_answered() -> None:
    client = a_client()
    filled(client, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()

    client.say(DISPOSITION, YES, Uint(0), None, YES, ACCEPTED)

    assert client.hear() == []
    assert client.hub.broker.counts()["q"].active == 0


async def test_no_more_is_sent_than_credit_allows() -> None:
    client = a_client()
    filled(client, BODY, BODY, BODY)
    client.attach(1, "q", receives=True)

    client.grant(1, 2)
    first = of_kind(client.hear(), Transfer)
    client.grant(1, 1, delivery_count=1)
    none = of_kind(client.hear(), Transfer)
    client.grant(1, 1, delivery_count=2)
    third = of_kind(client.hear(), Transfer)

    assert [len(first), len(none), len(third)] == [2, 0, 1]
    assert [each.delivery_id for each in first + third] == [0, 1, 2]


async def test_a_drain_is_answered_and_uses_up_the_credit() -> None:
    client = a_client()
    filled(client, BODY)
    client.attach(1, "q", receives=True)

    client.say(FLOW, Uint(0), Uint(100), Uint(0), Uint(100), Uint(1), Uint(0), Uint(5), None, YES)
    heard = client.hear()

    assert len(of_kind(heard, Transfer)) == 1
    assert [(flow.delivery_count, flow.link_credit, flow.drain) for flow in of_kind(heard, Flow)] == [(5, 0, True)]


async def test_the_incoming_window_of_the_peer_is_respected() -> None:
    client = a_client(window=2)
    filled(client, *[BODY] * 3)
    client.attach(1, "q", receives=True)

    client.grant(1, 3, window=2)
    first = of_kind(client.hear(), Transfer)
    client.say(FLOW, Uint(2), Uint(2), Uint(0), Uint(100))
    rest = of_kind(client.hear(), Transfer)

    assert (len(first), len(rest)) == (2, 1)


async def test_a_delivery_is_split_to_the_frame_size_of_the_peer() -> None:
    client = a_client(frame_bytes=512)
    payload = section(PROPERTIES, ["id"]) + section(DATA, b"x" * 1190)
    filled(client, payload)
    client.attach(1, "q", receives=True)

    client.grant(1, 1)
    heard = client.hear()

    transfers = of_kind(heard, Transfer)
    assert [each.more for each in transfers] == [True, True, False]
    assert b"".join(part for _, part in heard).endswith(payload)


async def test_detaching_a_link_is_answered_and_stops_deliveries() -> None:
    client = a_client()
    filled(client)
    client.attach(1, "q", receives=True)
    client.grant(1, 10)

    client.say(DETACH, Uint(1), YES)
    answered = of_kind(client.hear(), Detach)
    client.transfer(9, 0, BODY)

    assert [(each.handle, each.closed) for each in answered] == [(1, True)]
    assert of_kind(client.hear(), Transfer) == []


async def test_frames_for_links_and_sessions_that_are_gone_are_ignored() -> None:
    client = a_client()
    client.attach(1, "q", receives=True)

    client.say(END)
    client.hear()
    client.say(DETACH, Uint(1), YES)
    client.say(DISPOSITION, YES, Uint(0), None, YES, ACCEPTED)
    client.transfer(7, 0, BODY)

    assert client.hear() == []
    assert not client.wire.closed


async def test_a_delivery_that_is_not_known_any_more_is_reported_as_lost() -> None:
    client = a_client()
    filled(client, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()

    for _ in range(2):
        client.say(DISPOSITION, YES, Uint(0), None, NO, ACCEPTED)
    first, second = of_kind(client.hear(), Disposition)

    assert first.state == ACCEPTED
    assert "com.microsoft:message-lock-lost" in str(second.state)


async def test_locks_of_a_receiver_whose_connection_broke_stay_until_they_expire() -> None:
    client = a_client()
    filled(client, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()
    other = WireClient(client.hub)
    other.open()
    other.attach(1, "q", receives=True)

    client.connection.connection_lost(None)
    other.grant(1, 1)
    before = of_kind(other.hear(), Transfer)
    clock = client.hub.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(seconds=60))
    after = of_kind(other.hear(), Transfer)

    assert (len(before), len(after)) == (0, 1)


async def test_deliveries_settled_elsewhere_do_not_pile_up() -> None:
    client = a_client()
    queue = client.hub.broker.find("q")
    link = MessageLink(Session(client.connection, 9, Begin()), Attach("link", 1, role=True), cast("Queue", queue))
    unsettled = Unsettled()

    for number in range(10_000):
        unsettled.add(number, link, lock_id=0)

    assert len(unsettled) <= 1024


async def test_a_lock_that_expired_a_moment_ago_settles_nothing() -> None:
    client = a_client()
    filled(client, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()
    clock = client.hub.clock
    assert isinstance(clock, ManualClock)

    clock._ahead += 60_000
    client.say(DISPOSITION, YES, Uint(0), None, NO, ACCEPTED)

    assert "com.microsoft:message-lock-lost" in str(of_kind(client.hear(), Disposition)[0].state)
    assert client.hub.broker.counts()["q"].active == 1


async def test_attaching_a_handle_anew_closes_the_link_that_had_it() -> None:
    client = a_client()
    filled(client)
    client.attach(1, "q", receives=True)
    client.grant(1, 10)

    client.attach(1, "q", receives=True)
    client.transfer(9, 0, BODY)

    assert of_kind(client.hear(), Transfer) == []
