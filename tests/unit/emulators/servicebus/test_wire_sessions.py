import pytest

from emulators.servicebus.amqp.performatives import (
    ATTACH,
    BEGIN,
    DETACH,
    DISPOSITION,
    END,
    FLOW,
    TRANSFER,
    Attach,
    Begin,
    Detach,
    Disposition,
    End,
    Flow,
    Transfer,
)
from emulators.servicebus.amqp.sections import DATA
from emulators.servicebus.amqp.sections import section as encoded_section
from emulators.servicebus.amqp.values import Described, Ubyte, Uint
from emulators.servicebus.broker.broker import Plan, QueuePlan, TopicPlan
from emulators.servicebus.wire import session
from emulators.servicebus.wire.serial import difference
from emulators.servicebus.wire.session import WINDOW
from tests.support.wire_client import NO, YES, WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q"), QueuePlan("r")), (TopicPlan("t", subscriptions=(QueuePlan("s"),)),))
BODY = encoded_section(DATA, b"body")
ACCEPTED = Described(0x24, [])
IN_TRANSACTION = Described(0x34, [b"id", ACCEPTED])


def a_client() -> WireClient:
    client = WireClient(a_hub(PLAN))
    client.open()
    return client


def begin(client: WireClient, channel: int) -> Begin:
    client.say(BEGIN, None, Uint(0), Uint(65_536), Uint(65_536), channel=channel)
    (answer,) = of_kind(client.hear(), Begin)
    assert isinstance(answer, Begin)
    return answer


def attach(client: WireClient, channel: int, address: str, *, receives: bool) -> None:
    """Attach handle 1 on a channel."""
    source, target = (address, "here") if receives else ("here", address)
    terminuses = (Described(0x28, [source]), Described(0x29, [target]))
    client.say(ATTACH, "link", Uint(1), receives, Ubyte(0), Ubyte(1), *terminuses, None, None, Uint(0), channel=channel)
    (answer,) = of_kind(client.hear(), Attach)
    assert answer.source is not None


def send(client: WireClient, channel: int, number: int) -> list[Disposition]:
    client.say(TRANSFER, Uint(1), Uint(number), b"tag", Uint(0), NO, NO, payload=BODY, channel=channel)
    return of_kind(client.hear(), Disposition)


async def test_each_session_has_links_and_numbers_of_its_own() -> None:
    client = a_client()
    channels = (5, 6, 7)
    assert [begin(client, channel).remote_channel for channel in channels] == list(channels)
    for channel, queue in zip(channels, ("q", "r", "t"), strict=True):
        attach(client, channel, queue, receives=False)

    outcomes = [send(client, channel, 0) for channel in channels for _ in range(2)]

    assert [[each.state for each in some] for some in outcomes] == [[ACCEPTED]] * 6
    counts = client.hub.broker.counts()
    assert [counts[name].active for name in ("q", "r", "t/Subscriptions/s")] == [2, 2, 2]


async def test_what_one_session_does_goes_on_when_another_ends() -> None:
    client = a_client()
    for channel in (5, 6):
        begin(client, channel)
        attach(client, channel, "q", receives=False)

    client.say(END, channel=5)

    assert len(of_kind(client.hear(), End)) == 1
    assert [outcome.state for outcome in send(client, 6, 0)] == [ACCEPTED]


async def test_links_of_several_entities_share_a_session() -> None:
    client = a_client()
    for handle, queue in ((1, "q"), (2, "r"), (3, "t")):
        client.attach(handle, queue, receives=False)
        client.transfer(handle, handle, BODY)
    client.hear()
    for handle, queue in ((11, "q"), (12, "r"), (13, "t/Subscriptions/s")):
        client.attach(handle, queue, receives=True)
    for handle in (11, 12, 13):
        client.grant(handle, 1)

    transfers = of_kind(client.hear(), Transfer)

    assert sorted(each.handle for each in transfers) == [11, 12, 13]
    assert sorted(each.delivery_id for each in transfers) == [0, 1, 2]


async def test_a_link_is_detached_and_attached_again_under_its_name() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)
    client.transfer(1, 0, BODY)
    client.hear()

    client.say(DETACH, Uint(1), NO)
    (detach,) = of_kind(client.hear(), Detach)
    client.attach(1, "q", receives=False)
    client.transfer(1, 1, BODY)

    assert (detach.closed, detach.error) == (False, None)
    assert [each.state for each in of_kind(client.hear(), Disposition)] == [ACCEPTED]


async def test_the_incoming_window_is_told_anew_before_it_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "WINDOW", 64)
    client = a_client()
    client.attach(1, "q", receives=False)

    for _ in range(31):
        client.transfer(1, 0, b"", more=True)
    early = of_kind(client.hear(), Flow)
    client.transfer(1, 0, BODY, more=True)

    assert early == []
    assert of_kind(client.hear(), Flow) == [Flow(32, 64, 0, 64)]


async def test_a_session_that_asks_is_told_its_windows() -> None:
    client = a_client()

    client.say(FLOW, Uint(0), Uint(100), Uint(0), Uint(100), None, None, None, None, NO, YES)

    assert of_kind(client.hear(), Flow) == [Flow(0, WINDOW, 0, WINDOW)]


async def test_a_receiver_that_asks_is_told_its_credit() -> None:
    client = a_client()
    client.attach(1, "q", receives=True)

    client.say(FLOW, Uint(0), Uint(100), Uint(0), Uint(100), Uint(1), Uint(0), Uint(7), None, NO, YES)

    (flow,) = of_kind(client.hear(), Flow)
    assert (flow.handle, flow.delivery_count, flow.link_credit, flow.drain) == (1, 0, 7, False)


async def test_a_receiver_that_does_not_know_the_delivery_count_yet_gets_what_it_grants() -> None:
    client = a_client()
    client.attach(9, "q", receives=False)
    for number in range(3):
        client.transfer(9, number, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()

    client.say(FLOW, Uint(1), Uint(100), Uint(0), Uint(100), Uint(1), None, Uint(1))

    assert len(of_kind(client.hear(), Transfer)) == 1


async def test_less_credit_than_before_takes_credit_away() -> None:
    client = a_client()
    client.attach(1, "q", receives=True)
    client.grant(1, 10)
    client.grant(1, 1)
    client.attach(9, "q", receives=False)

    for number in range(3):
        client.transfer(9, number, BODY)

    assert len(of_kind(client.hear(), Transfer)) == 1


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [(5, 3, 2), (3, 5, -2), (1, 0xFFFFFFFF, 2), (0xFFFFFFFF, 1, -2), (0, 0, 0), (7, (1 << 32) + 5, 2)],
)
def test_numbers_begin_anew_after_four_billion(later: int, earlier: int, expected: int) -> None:
    assert difference(later, earlier) == expected


async def test_a_link_to_the_coordinator_of_transactions_is_refused() -> None:
    client = a_client()

    coordinator = Described(0x30, [])
    client.say(
        ATTACH, "tx", Uint(1), NO, Ubyte(0), Ubyte(0), Described(0x28, ["here"]), coordinator, None, None, Uint(0)
    )

    (detach,) = of_kind(client.hear(), Detach)
    assert "amqp:not-implemented" in str(detach.error)
    assert "Transactions are not supported" in str(detach.error)


async def test_a_message_of_a_transaction_is_refused_and_not_kept() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)

    client.say(TRANSFER, Uint(1), Uint(0), b"tag", Uint(0), NO, NO, None, IN_TRANSACTION, payload=BODY)

    (outcome,) = of_kind(client.hear(), Disposition)
    assert "amqp:not-implemented" in str(outcome.state)
    assert client.hub.broker.counts()["q"].active == 0


async def test_an_outcome_of_a_transaction_is_refused_and_another_one_may_follow() -> None:
    client = a_client()
    client.attach(9, "q", receives=False)
    client.transfer(9, 0, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()

    client.say(DISPOSITION, YES, Uint(0), Uint(0), NO, IN_TRANSACTION)
    (refused,) = of_kind(client.hear(), Disposition)
    client.say(DISPOSITION, YES, Uint(0), Uint(0), NO, ACCEPTED)
    (accepted,) = of_kind(client.hear(), Disposition)

    assert "amqp:not-implemented" in str(refused.state)
    assert accepted.state == ACCEPTED
