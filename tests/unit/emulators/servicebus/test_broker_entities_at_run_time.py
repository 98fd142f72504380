from dataclasses import replace

import pytest

from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, TopicPlan, stored_nothing
from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import AlreadyExists, EntityDisabled, EntityNotFound
from emulators.servicebus.broker.settings import Settings, Status
from emulators.servicebus.broker.topic import Topic
from tests.support.broker_core import MINUTE, NOW, Core, Receiver, texts

FORWARDING = Settings(forward_to="there")


def a_broker(*queues: QueuePlan, topics: tuple[TopicPlan, ...] = ()) -> Broker:
    plan = Plan(queues, topics)
    return Broker(plan, stored_nothing(plan))


def queue_of(broker: Broker, name: str) -> Queue:
    entity = broker.find(name)
    assert isinstance(entity, Queue)
    return entity


def topic_of(broker: Broker, name: str) -> Topic:
    entity = broker.find(name)
    assert isinstance(entity, Topic)
    return entity


def test_a_queue_that_is_made_at_run_time_has_its_sub_queues() -> None:
    broker = a_broker()
    broker.entities.create(QueuePlan("New"), NOW)

    assert queue_of(broker, "new").dead_letters is broker.find("NEW/$DeadLetterQueue")
    assert broker.find("new").dates.created_at == NOW


@pytest.mark.parametrize("plan", [QueuePlan("Q"), TopicPlan("q")])
def test_a_name_is_given_once(plan: QueuePlan | TopicPlan) -> None:
    with pytest.raises(AlreadyExists):
        a_broker(QueuePlan("q")).entities.create(plan, NOW)


def test_a_subscription_that_is_made_at_run_time_gets_what_is_sent_from_then_on() -> None:
    broker = a_broker(topics=(TopicPlan("t"),))
    topic = topic_of(broker, "t")
    topic.intake.send(Content(b"before"), NOW)
    queue = broker.entities.create_subscription(topic, QueuePlan("s"), NOW)
    topic.intake.send(Content(b"after"), NOW)

    assert [message.content.bare for message in queue.messages.values()] == [b"after"]


def test_with_a_topic_go_its_subscriptions() -> None:
    broker = a_broker(topics=(TopicPlan("t", Settings(), (QueuePlan("s"),)),))

    gone = broker.entities.remove(broker.find("t"))

    assert sorted(gone) == [
        "t",
        "t/subscriptions/s",
        "t/subscriptions/s/$deadletterqueue",
        "t/subscriptions/s/$transfer/$deadletterqueue",
    ]
    with pytest.raises(EntityNotFound):
        broker.find("t/Subscriptions/s")


def test_a_subscription_that_is_gone_gets_nothing_more() -> None:
    broker = a_broker(topics=(TopicPlan("t", Settings(), (QueuePlan("s"),)),))
    gone = queue_of(broker, "t/subscriptions/s")
    broker.entities.remove(gone)
    topic_of(broker, "t").intake.send(Content(b"x"), NOW)

    assert not gone.messages


def test_a_queue_that_is_made_again_starts_from_nothing_under_a_new_number() -> None:
    broker = a_broker(QueuePlan("q"))
    old = queue_of(broker, "q")
    old.intake.send(Content(b"x"), NOW)
    broker.entities.remove(old)
    new = broker.entities.create(QueuePlan("q"), NOW)

    assert new.entity_id > old.entity_id
    assert new.counts().active == 0
    assert new.intake.next_sequence() == 1


def test_a_changed_lock_duration_counts_for_the_next_lock() -> None:
    core = Core(Settings(lock_duration=5 * MINUTE))
    core.send("long")
    core.receive()
    core.broker.entities.change(core.queue, replace(core.queue.settings, lock_duration=MINUTE), core.now)
    core.send("short")
    core.receive()

    core.pass_time(MINUTE)
    assert texts(core.receive()) == ["short"]

    core.pass_time(4 * MINUTE)
    assert texts(core.receive()) == ["long", "short"]


def test_a_session_that_is_held_ends_when_it_would_have_ended() -> None:
    core = Core(Settings(lock_duration=5 * MINUTE, requires_session=True))
    long, short = Receiver(), Receiver()
    sessions = core.queue.sessions
    assert sessions is not None
    sessions.accept("long", long, core.now)
    core.broker.entities.change(core.queue, replace(core.queue.settings, lock_duration=MINUTE), core.now)
    sessions.accept("short", short, core.now)

    core.pass_time(MINUTE)
    assert (long.told, short.told) == ([], ["lost"])

    core.pass_time(4 * MINUTE)
    assert long.told == ["lost"]


def test_a_window_for_duplicates_that_was_changed_counts_for_what_was_seen_before() -> None:
    core = Core(Settings(duplicate_window=10 * MINUTE))
    core.send_with_id("a")
    core.broker.entities.change(core.queue, replace(core.queue.settings, duplicate_window=MINUTE), core.now)
    core.pass_time(MINUTE)
    core.send_with_id("a")

    assert core.queue.counts().active == 2


def test_what_waits_in_a_queue_goes_on_once_the_queue_forwards() -> None:
    broker = a_broker(QueuePlan("here"), QueuePlan("there"))
    broker.find("here").intake.send(Content(b"x"), NOW)
    broker.entities.change(broker.find("here"), FORWARDING, NOW)
    broker.pump(NOW)

    assert broker.find("here").counts().active == 0
    assert broker.find("there").counts().active == 1


def test_what_is_locked_goes_on_when_it_is_returned() -> None:
    broker = a_broker(QueuePlan("here"), QueuePlan("there"))
    here = queue_of(broker, "here")
    receiver = Receiver(credit=1)
    here.intake.send(Content(b"x"), NOW)
    assert here.competition is not None
    here.competition.ask(receiver)
    broker.pump(NOW)
    broker.entities.change(here, FORWARDING, NOW)
    settlement.abandon(here, receiver.messages[0].lock_id)
    broker.pump(NOW)

    assert broker.find("there").counts().active == 1


def test_what_is_forwarded_to_a_name_that_is_gone_is_found_in_the_transfer_dead_letter_queue() -> None:
    broker = a_broker(QueuePlan("here", FORWARDING), QueuePlan("there"))
    broker.entities.remove(broker.find("there"))
    broker.find("here").intake.send(Content(b"x"), NOW)
    broker.pump(NOW)

    assert broker.find("here").counts().transfer_dead_lettered == 1


@pytest.mark.parametrize("status", [Status.DISABLED, Status.SEND_DISABLED])
@pytest.mark.parametrize("name", ["q", "t"])
def test_a_disabled_entity_accepts_nothing(name: str, status: Status) -> None:
    broker = a_broker(QueuePlan("q"), topics=(TopicPlan("t"),))
    entity = broker.find(name)
    broker.entities.change(entity, Settings(status=status), NOW)

    with pytest.raises(EntityDisabled):
        entity.check_acceptable(Content(b"x"))
