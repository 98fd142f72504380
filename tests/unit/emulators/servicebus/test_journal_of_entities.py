"""What was made, changed and deleted at run time, over the end of a process."""

from pathlib import Path

import pytest

from emulators.servicebus.broker.broker import Broker, Entity, Plan, QueuePlan, TopicPlan
from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import EntityNotFound
from emulators.servicebus.broker.settings import AccessRule, Remarks, Settings, Status
from emulators.servicebus.broker.topic import Topic
from emulators.servicebus.catalog import merged
from emulators.servicebus.journal import Journal
from tests.support.broker_core import MINUTE, NOW

TOPOLOGY = Plan((QueuePlan("Q"),), (TopicPlan("T", Settings(), (QueuePlan("S"),)),))
EVERYTHING = Settings(
    lock_duration=MINUTE // 2,
    delivery_count_max=3,
    requires_session=True,
    duplicate_window=MINUTE,
    status=Status.SEND_DISABLED,
    remarks=Remarks("notes", access_rules=(AccessRule("key", ("Send",), "primary", "secondary", 1, 2),)),
)


class Life:
    def __init__(self, directory: Path, topology: Plan = TOPOLOGY) -> None:
        self.journal = Journal(directory)
        plan = merged(topology, self.journal.told())
        self.broker = Broker(plan, self.journal.load(plan), {name.lower() for name in topology.names()})
        self.broker.entities.date_the_new(NOW)
        self.commit()

    def __enter__(self) -> "Life":
        return self

    def __exit__(self, *_: object) -> None:
        self.commit()
        self.journal.close()

    def commit(self) -> None:
        self.journal.commit(self.broker.changes)
        self.broker.changes.clear()

    def find(self, name: str) -> Entity:
        return self.broker.find(name)

    def topic(self, name: str) -> Topic:
        entity = self.find(name)
        assert isinstance(entity, Topic)
        return entity

    def send(self, name: str) -> None:
        self.find(name).intake.send(Content(b"x"), NOW)


def test_what_was_made_is_there_with_all_its_settings_and_messages(tmp_path: Path) -> None:
    with Life(tmp_path) as first:
        first.broker.entities.create(QueuePlan("New", EVERYTHING), NOW + 1)
        first.broker.entities.create(TopicPlan("Topic"), NOW)
        first.broker.entities.create_subscription(first.topic("topic"), QueuePlan("Sub", EVERYTHING), NOW)
        first.find("new").intake.send(Content(b"x", b"1", "session"), NOW)
    with Life(tmp_path) as second:
        new, sub = second.find("new"), second.find("topic/subscriptions/sub")

        assert (new.name, new.settings, new.counts().active) == ("New", EVERYTHING, 1)
        assert new.dates.created_at == NOW + 1
        assert sub.settings == EVERYTHING
        assert isinstance(sub, Queue)
        assert sub.rules is not None
        assert [rule.name for rule in sub.rules.listing()] == ["$Default"]


def test_what_was_changed_counts_instead_of_the_topology(tmp_path: Path) -> None:
    with Life(tmp_path) as first:
        first.send("q")
        first.broker.entities.change(first.find("q"), Settings(delivery_count_max=3), NOW + 5)
    with Life(tmp_path, Plan((QueuePlan("Q", Settings(delivery_count_max=7)),))) as second:
        queue = second.find("q")

        assert queue.settings.delivery_count_max == 3
        assert (queue.dates.created_at, queue.dates.updated_at) == (NOW, NOW + 5)
        assert queue.counts().active == 1


def test_what_was_not_changed_follows_the_topology(tmp_path: Path) -> None:
    with Life(tmp_path):
        pass
    with Life(tmp_path, Plan((QueuePlan("Q", Settings(delivery_count_max=7)),))) as second:
        assert second.find("q").settings.delivery_count_max == 7


@pytest.mark.parametrize(
    ("deleted", "gone"), [("q", ["q"]), ("t", ["t", "t/subscriptions/s"]), ("t/subscriptions/s", ["t/subscriptions/s"])]
)
def test_what_was_deleted_stays_deleted(tmp_path: Path, deleted: str, gone: list[str]) -> None:
    with Life(tmp_path) as first:
        first.send("q")
        first.broker.entities.remove(first.find(deleted))
    with Life(tmp_path) as second:
        for name in gone:
            with pytest.raises(EntityNotFound):
                second.find(name)


def test_what_was_deleted_and_made_again_is_empty(tmp_path: Path) -> None:
    with Life(tmp_path) as first:
        first.send("q")
        first.send("t")
        first.commit()
        for name, plan in (("q", QueuePlan("q")), ("t", TopicPlan("t"))):
            first.broker.entities.remove(first.find(name))
            first.broker.entities.create(plan, NOW)
    with Life(tmp_path) as second:
        assert second.find("q").counts().active == 0
        assert second.topic("t").subscriptions == []


def test_a_queue_may_become_a_topic(tmp_path: Path) -> None:
    with Life(tmp_path) as first:
        first.broker.entities.remove(first.find("q"))
        first.broker.entities.create(TopicPlan("q"), NOW)
    with Life(tmp_path) as second:
        assert second.topic("q").subscriptions == []


def test_nothing_is_left_of_what_came_and_went_in_one_turn(tmp_path: Path) -> None:
    with Life(tmp_path) as first:
        first.broker.entities.create(QueuePlan("brief"), NOW)
        first.send("brief")
        first.broker.entities.remove(first.find("brief"))
    with Life(tmp_path) as second:
        assert second.broker.entities.get("brief") is None


def test_what_left_the_topology_and_is_made_anew_starts_from_nothing(tmp_path: Path) -> None:
    with Life(tmp_path) as first:
        first.send("q")
    with Life(tmp_path, Plan()) as second:
        second.broker.entities.create(QueuePlan("q"), NOW)
    with Life(tmp_path, Plan()) as third:
        assert third.find("q").counts().active == 0
