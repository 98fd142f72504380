from dataclasses import replace

from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, TopicPlan, stored_nothing
from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.broker.topic import Topic
from tests.support.broker_core import MINUTE, NOW, Receiver

IDLE = Settings(idle_max=10 * MINUTE)


class Idle:
    """A broker that remembers what it has removed."""

    def __init__(self, *queues: QueuePlan, topics: tuple[TopicPlan, ...] = ()) -> None:
        plan = Plan(queues, topics)
        self.broker = Broker(plan, stored_nothing(plan))
        self.broker.entities.date_the_new(NOW)
        self.removed: list[str] = []
        self.broker.on_removed = lambda name, _: self.removed.append(name)

    def queue(self, name: str) -> Queue:
        entity = self.broker.find(name)
        assert isinstance(entity, Queue)
        return entity

    def after(self, minutes: int) -> list[str]:
        """What is removed by so many minutes after the start."""
        self.broker.advance(NOW + minutes * MINUTE)
        return self.removed


def test_an_idle_queue_is_removed_with_what_is_in_it() -> None:
    idle = Idle(QueuePlan("q", IDLE))
    idle.queue("q").intake.send(Content(b"x"), NOW)

    assert idle.after(9) == []
    assert idle.after(10) == ["q"]
    assert idle.broker.entities.get("q/$DeadLetterQueue") is None


def test_use_of_a_queue_or_its_dead_letters_starts_the_time_anew() -> None:
    idle = Idle(QueuePlan("q", IDLE))
    idle.queue("q").dates.used_at = NOW + 5 * MINUTE
    assert idle.after(14) == []
    idle.queue("q/$DeadLetterQueue").dates.used_at = NOW + 14 * MINUTE

    assert idle.after(23) == []
    assert idle.after(24) == ["q"]


def test_a_change_of_the_settings_starts_the_time_anew() -> None:
    idle = Idle(QueuePlan("q"))
    idle.broker.entities.change(idle.queue("q"), IDLE, NOW + 30 * MINUTE)

    assert idle.after(39) == []
    assert idle.after(40) == ["q"]


def test_a_queue_with_a_waiting_receiver_is_not_idle() -> None:
    idle = Idle(QueuePlan("q", IDLE), QueuePlan("s", replace(IDLE, requires_session=True)))
    receiver, holder = Receiver(credit=1), Receiver(credit=1)
    competition, sessions = idle.queue("q").competition, idle.queue("s").sessions
    assert competition is not None
    assert sessions is not None
    competition.ask(receiver)
    sessions.accept_next(holder, NOW + 60 * MINUTE)

    assert idle.after(50) == []
    competition.leave(receiver)
    sessions.leave(holder, idle.queue("s"))
    assert sorted(idle.after(60)) == ["q", "s"]


def test_a_queue_with_a_scheduled_message_is_not_idle() -> None:
    idle = Idle(QueuePlan("q", IDLE))
    idle.queue("q").intake.send(Content(b"x", due_at=NOW + 30 * MINUTE), NOW)

    assert idle.after(29) == []


def test_use_of_a_subscription_is_use_of_its_topic_but_not_the_other_way() -> None:
    topic = TopicPlan("t", IDLE, (QueuePlan("s", IDLE), QueuePlan("r", IDLE)))
    idle = Idle(topics=(topic,))
    found = idle.broker.find("t")
    assert isinstance(found, Topic)
    found.intake.send(Content(b"x"), NOW)
    found.dates.used_at = NOW + 5 * MINUTE
    idle.queue("t/subscriptions/s").dates.used_at = NOW + 8 * MINUTE

    assert idle.after(10) == ["t/Subscriptions/r"]
    assert idle.after(16) == ["t/Subscriptions/r"]
    assert idle.after(18) == ["t/Subscriptions/r", "t/Subscriptions/s", "t"]
