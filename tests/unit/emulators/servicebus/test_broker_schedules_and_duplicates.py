import pytest

from emulators.servicebus.broker.agenda import Agenda
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, Stored, TopicPlan, stored_nothing
from emulators.servicebus.broker.content import Content, Message, State
from emulators.servicebus.broker.deadline import Deadline
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import EntityNotFound, MessageNotFound
from emulators.servicebus.broker.settings import Settings
from tests.support.broker_core import MINUTE, NOW, Core, texts

ONCE = Settings(duplicate_window=10 * MINUTE)


def test_scheduled_messages_come_in_the_order_in_which_they_are_due() -> None:
    core = Core()
    core.send("late", due_in=3000)
    core.send("early", due_in=1000)
    core.send("now")

    due_first = core.broker.next_at()
    core.pass_time(3000)

    assert due_first == NOW + 1000
    assert texts(core.receive()) == ["now", "early", "late"]


def test_a_scheduled_message_gets_a_new_number_when_it_is_due() -> None:
    core = Core()
    (scheduled,) = core.send("timer", due_in=1000)
    core.send("other")

    core.pass_time(1000)

    assert [message.sequence for message in core.receive()] == [scheduled + 1, scheduled + 2]


def test_cancelling_takes_all_or_none() -> None:
    core = Core()
    (number,) = core.send("timer", due_in=1000)

    with pytest.raises(MessageNotFound, match="99"):
        core.queue.intake.cancel([number, 99])
    kept = core.queue.counts().scheduled
    core.queue.intake.cancel([number])
    core.pass_time(1000)

    assert (kept, core.queue.counts().scheduled, core.receive()) == (1, 0, [])


def test_a_message_that_is_due_already_is_active_at_once() -> None:
    core = Core()
    core.queue.intake.send(Content(b"overdue", due_at=core.now), core.now)

    assert texts(core.receive()) == ["overdue"]


def test_a_repeat_within_the_window_is_dropped_and_gets_the_first_number() -> None:
    core = Core(ONCE)

    first = core.send_with_id("id")
    core.pass_time(10 * MINUTE - 1)
    second = core.send_with_id("id")
    core.pass_time(1)
    third = core.send_with_id("id")

    assert first == second != third
    assert (texts(core.receive()), core.queue.counts().accepted) == (["id", "id"], 2)


def test_scheduled_and_active_messages_share_one_window() -> None:
    core = Core(ONCE)

    core.send_with_id("id", due_in=MINUTE)
    core.send_with_id("id")
    core.pass_time(MINUTE)

    assert texts(core.receive()) == ["id"]


def test_messages_without_an_id_are_never_duplicates() -> None:
    core = Core(ONCE)

    core.send("a", "a")

    assert texts(core.receive()) == ["a", "a"]


def test_sightings_outside_the_window_are_forgotten_in_the_journal() -> None:
    core = Core(ONCE)
    for name in ("a", "b"):
        core.send_with_id(name)
    last = core.broker.changes.sightings[-1].key
    core.pass_time(10 * MINUTE)

    core.send_with_id("c")

    assert core.broker.changes.forgotten == {core.queue.entity_id: last}


def test_the_window_and_the_numbers_are_restored() -> None:
    before = Core(ONCE)
    before.send_with_id("id")
    sightings = tuple(before.broker.changes.sightings)

    after = Core(ONCE, Stored(before.queue.entity_id, last_sequence=1, sightings=sightings))
    repeated, new = after.send_with_id("id"), after.send_with_id("other")

    assert (repeated, new) == (1, 2)
    assert after.broker.changes.sightings[0].key == sightings[0].key + 1


def a_topic(*subscriptions: QueuePlan) -> tuple[Broker, list[Queue]]:
    plan = Plan(topics=(TopicPlan("topic", Settings(), subscriptions),))
    broker = Broker(plan, stored_nothing(plan))
    found = [broker.find(f"TOPIC/subscriptions/{each.name}") for each in subscriptions]
    return broker, [each for each in found if isinstance(each, Queue)]


def test_a_topic_copies_to_every_subscription_and_remembers_the_origin() -> None:
    broker, queues = a_topic(QueuePlan("a"), QueuePlan("b"))

    broker.find("topic").intake.send(Content(b"later", due_at=NOW + 1000), NOW)
    broker.find("topic").intake.send(Content(b"now"), NOW)
    broker.advance(NOW + 1000)

    for queue in queues:
        found = queue.peek(0, 5, None)
        assert [(each.content.bare, each.sequence, each.origin_sequence) for each in found] == [
            (b"now", 1, 2),
            (b"later", 2, 3),
        ]


def test_a_copy_without_the_session_id_it_needs_goes_to_the_dead_letter_queue() -> None:
    broker, (queue,) = a_topic(QueuePlan("a", Settings(requires_session=True)))

    broker.find("topic").intake.send(Content(b"x"), NOW)

    assert (queue.counts().active, queue.counts().dead_lettered) == (0, 1)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(EntityNotFound, match="nowhere"):
        Core().broker.find("nowhere")


def test_messages_that_are_gone_do_not_pile_up_on_the_agenda() -> None:
    agenda = Agenda(Deadline())

    for number in range(10_000):
        agenda.add(NOW, Message(number, number, Content(b""), NOW, number, state=State.GONE))

    assert len(agenda) <= 1024
