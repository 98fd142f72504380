from datetime import timedelta

from emulators.servicebus.amqp.performatives import Close, Detach
from emulators.servicebus.amqp.sections import DATA, section
from emulators.servicebus.broker.broker import Plan, QueuePlan
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.wire.eviction import LINKLESS_SECONDS, NEVER_LINKED_SECONDS
from tests.support.wire_client import WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q", Settings(lock_duration=3_600_000)),))
BODY = section(DATA, b"body")
TEN_MINUTES = timedelta(minutes=10)
NINE_MINUTES = timedelta(minutes=9)


def a_client() -> WireClient:
    client = WireClient(a_hub(PLAN))
    client.open()
    return client


def pass_time(client: WireClient, span: timedelta) -> list[Detach]:
    """Put the clock of the broker forward; gives the links that were taken away."""
    assert isinstance(client.hub.clock, ManualClock)
    client.hub.clock.advance(span)
    return of_kind(client.hear(), Detach)


async def test_a_sender_that_sends_nothing_for_ten_minutes_is_detached() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)

    (detach,) = pass_time(client, TEN_MINUTES)

    assert "amqp:link:detach-forced" in str(detach.error)
    assert "AmqpMessagePublisher.IdleTimerExpired: Idle timeout: 00:10:00." in str(detach.error)


async def test_a_sender_that_sends_stays() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)

    early = pass_time(client, NINE_MINUTES)
    client.transfer(1, 0, BODY)
    later = pass_time(client, NINE_MINUTES)

    assert (early, later) == ([], [])


async def test_a_receiver_that_waits_with_credit_stays() -> None:
    client = a_client()
    client.attach(1, "q", receives=True)
    client.grant(1, 1)

    assert pass_time(client, TEN_MINUTES) == []


async def test_a_receiver_without_credit_is_detached_and_what_it_locked_stays_locked() -> None:
    client = a_client()
    client.attach(2, "q", receives=False)
    client.transfer(2, 0, BODY)
    client.attach(1, "q", receives=True)
    client.grant(1, 1)
    client.hear()

    consumer, publisher = sorted(pass_time(client, TEN_MINUTES), key=lambda detach: detach.handle)

    assert "AmqpMessageConsumer.IdleTimerExpired" in str(consumer.error)
    assert "AmqpMessagePublisher.IdleTimerExpired" in str(publisher.error)
    assert client.attach(3, "q", receives=True)
    client.grant(3, 1)
    assert client.hear() == []


async def test_links_for_requests_and_tokens_never_idle() -> None:
    client = a_client()
    client.attach(1, "$cbs", receives=True)
    client.attach(2, "$cbs", receives=False)
    client.attach(3, "q/$management", receives=True)
    client.attach(4, "q/$management", receives=False)

    assert pass_time(client, 10 * TEN_MINUTES) == []


async def test_a_link_can_be_attached_again_after_it_was_taken_away() -> None:
    client = a_client()
    client.attach(1, "q", receives=False)
    pass_time(client, TEN_MINUTES)

    heard = client.attach(1, "q", receives=False)

    assert of_kind(heard, Detach) == []


async def test_a_connection_that_never_had_a_link_is_closed_after_a_minute() -> None:
    client = a_client()
    client.attach(1, "$cbs", receives=True)

    client.connection.beat(client.hub.loop_time() + NEVER_LINKED_SECONDS + 1)
    (close,) = of_kind(client.hear(), Close)

    assert "amqp:connection:forced" in str(close.error)
    assert "inactive for more than the allowed 60000 milliseconds" in str(close.error)


async def test_a_connection_whose_links_are_all_gone_is_closed_after_five_minutes() -> None:
    client = a_client()
    now = client.hub.loop_time()
    client.attach(1, "q", receives=True)
    client.connection.beat(now)
    client.say(0x16, 1)
    client.hear()

    client.connection.beat(now + LINKLESS_SECONDS - 1)
    early = of_kind(client.hear(), Close)
    client.connection.beat(now + LINKLESS_SECONDS + 1)

    assert early == []
    assert "allowed 300000 milliseconds" in str(of_kind(client.hear(), Close)[0].error)
