"""All entities of a namespace by name: those of the plan, and those that come, change and go at run time.

1. Names are compared without regard to case.
2. What is made, changed or removed at run time is noted, to be stored before anybody is told.
3. An entity that is made at run time starts from nothing, whatever was stored under its name before.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import count

from emulators.servicebus.broker.content import Message, State
from emulators.servicebus.broker.entity_changes import Description
from emulators.servicebus.broker.forwarding import Outlet
from emulators.servicebus.broker.plan import Plan, QueuePlan, Stored, TopicPlan, with_sub_queues
from emulators.servicebus.broker.queue import SUBSCRIPTIONS_INFIX, Queue
from emulators.servicebus.broker.refusals import AlreadyExists, EntityNotFound
from emulators.servicebus.broker.rules.ruleset import RuleSet
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.broker.surroundings import Surroundings
from emulators.servicebus.broker.topic import Topic

Entity = Queue | Topic


class Entities:
    """The queues, topics, subscriptions and sub-queues of one broker."""

    def __init__(
        self, plan: Plan, stored: dict[str, Stored], around: Surroundings, declared: Collection[str] = ()
    ) -> None:
        """Make the entities of the plan; `declared` are names in lower case that the topology has anyway."""
        self._around = around
        self._declared = declared
        self._by_name: dict[str, Entity] = {}
        self._numbers = count(1 + max((record.entity_id for record in stored.values()), default=0))
        planned = {name.lower() for name in plan.names()}
        self._left = {name: record.entity_id for name, record in stored.items() if name not in planned}
        for queue in plan.queues:
            self._add_queue(queue.name, queue.settings, stored)
        for topic in plan.topics:
            subscriptions = [self._add_subscription(topic.name, each, stored) for each in topic.subscriptions]
            self._add_topic(topic, subscriptions, stored)
        for entity in list(self._by_name.values()):
            if isinstance(entity, Queue):
                self._connect(entity)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Entity | None:
        """The entity of that name, if there is one."""
        return self._by_name.get(name.lower())

    def find(self, name: str) -> Entity:
        """The entity of that name; raises `EntityNotFound`."""
        entity = self._by_name.get(name.lower())
        if entity is None:
            raise EntityNotFound(f"The messaging entity '{name}' could not be found.")
        return entity

    def create(self, plan: QueuePlan | TopicPlan, now: int) -> Entity:
        """Make a queue, or a topic without subscriptions; raises `AlreadyExists`."""
        self._check_free(plan.name)
        if isinstance(plan, TopicPlan):
            entity: Entity = self._add_topic(plan, [], self._numbered((plan.name,)))
        else:
            entity = self._add_queue(plan.name, plan.settings, self._numbered(with_sub_queues(plan.name)))
            self._connect(entity)
        self._date(entity, now)
        return entity

    def create_subscription(self, topic: Topic, plan: QueuePlan, now: int) -> Queue:
        """Make a subscription with its rules; raises `AlreadyExists`."""
        name = topic.name + SUBSCRIPTIONS_INFIX + plan.name
        self._check_free(name)
        queue = self._add_subscription(topic.name, plan, self._numbered(with_sub_queues(name)))
        self._connect(queue)
        topic.subscriptions.append(queue)
        queue.note_rules()
        self._date(queue, now)
        return queue

    def change(self, entity: Entity, settings: Settings, now: int) -> None:
        """Give an entity other settings; they count from now on."""
        entity.change(settings)
        if isinstance(entity, Queue):
            self._connect(entity)
        entity.dates.updated_at = now
        self._note(entity, settings)
        self._around.deadline.note(now)

    def remove(self, entity: Entity) -> list[str]:
        """Take an entity away with all that is in it; gives the names that are gone, in lower case."""
        holders: list[Entity] = [entity, *entity.subscriptions] if isinstance(entity, Topic) else [entity]
        topic = self.topic_of(entity)
        if topic is not None and isinstance(entity, Queue):
            topic.subscriptions.remove(entity)
        gone: list[str] = []
        for holder in holders:
            names = (holder.name,) if isinstance(holder, Topic) else with_sub_queues(holder.name)
            gone.extend(name.lower() for name in names)
            if holder.name.lower() in self._declared:
                self._around.changes.entities.struck[holder.name.lower()] = True
        for name in gone:
            self._around.changes.entities.drop(self._by_name.pop(name).entity_id)
        return gone

    def date_the_new(self, now: int) -> None:
        """Give entities of the plan that were never here before the time of their making; others are idle from now."""
        self._around.deadline.note(now)
        for entity in self._by_name.values():
            if entity.dates.created_at:
                # Whether it was used just before the end is not known.
                entity.dates.used_at = now
            elif _is_described(entity):
                entity.dates.created_at = entity.dates.updated_at = now
                self._note(entity, None)

    def topic_of(self, entity: Entity) -> Topic | None:
        """The topic of a subscription; None for anything else."""
        if not isinstance(entity, Queue) or not entity.is_subscription:
            return None
        topic = self.get(entity.name.split(SUBSCRIPTIONS_INFIX)[0])
        return topic if isinstance(topic, Topic) else None

    def _check_free(self, name: str) -> None:
        if name.lower() in self._by_name:
            raise AlreadyExists(f"The messaging entity '{name}' already exists.")

    def _numbered(self, names: Iterable[str]) -> dict[str, Stored]:
        """Records for new entities; what an older entity of the same name has left behind is dropped."""
        changes = self._around.changes.entities
        fresh = {name.lower(): Stored(next(self._numbers)) for name in names}
        for name, record in fresh.items():
            if name in self._left:
                changes.drop(self._left.pop(name))
            if name in self._declared:
                changes.struck[name] = False
            changes.made[record.entity_id] = name
        return fresh

    def _date(self, entity: Entity, now: int) -> None:
        entity.dates.created_at = entity.dates.updated_at = now
        self._note(entity, entity.settings)
        self._around.deadline.note(now)

    def _note(self, entity: Entity, settings: Settings | None) -> None:
        kind = "topic" if isinstance(entity, Topic) else "queue"
        dates = entity.dates
        self._around.changes.entities.described[entity.entity_id] = Description(
            entity.name, kind, dates.created_at, dates.updated_at, settings
        )

    def _add_topic(self, plan: TopicPlan, subscriptions: list[Queue], stored: dict[str, Stored]) -> Topic:
        topic = Topic(stored[plan.name.lower()].entity_id, plan.name, plan.settings, self._around, subscriptions)
        self._add(topic, stored)
        return topic

    def _add_queue(self, name: str, settings: Settings, stored: dict[str, Stored]) -> Queue:
        _, *buried = with_sub_queues(name)
        plain = settings.of_sub_queues()
        dead_letters, undelivered = (
            Queue(stored[each.lower()].entity_id, each, plain, self._around) for each in buried
        )
        queue = Queue(stored[name.lower()].entity_id, name, settings, self._around, dead_letters)
        queue.undelivered = undelivered
        for each in (undelivered, dead_letters, queue):
            self._add(each, stored)
        return queue

    def _add_subscription(self, topic: str, plan: QueuePlan, stored: dict[str, Stored]) -> Queue:
        name = topic + SUBSCRIPTIONS_INFIX + plan.name
        queue = self._add_queue(name, plan.settings, stored)
        changed = stored[name.lower()].rules
        queue.rules = RuleSet(plan.rules if changed is None else changed)
        return queue

    def _connect(self, queue: Queue) -> None:
        """Lead what arrives in a queue, and in its dead-letter queue, to where its settings say."""
        ways = ((queue, queue.settings.forward_to), (queue.dead_letters, queue.settings.forward_dead_letters_to))
        for source, destination in ways:
            if source is not None and queue.undelivered is not None:
                source.lead(Outlet(queue.name, destination, self.find, queue.undelivered) if destination else None)

    def _add(self, entity: Entity, stored: dict[str, Stored]) -> None:
        self._by_name[entity.name.lower()] = entity
        record = stored[entity.name.lower()]
        entity.dates.created_at, entity.dates.updated_at = record.created_at, record.updated_at
        entity.intake.restore_numbers(record.last_sequence, record.sightings)
        _restore_messages(entity, record.messages)
        if isinstance(entity, Queue) and entity.sessions is not None:
            for session_id, state, set_at in record.session_states:
                entity.sessions.restore_state(session_id, state, set_at)


def _is_described(entity: Entity) -> bool:
    """Whether an entity is one of its own, and not the sub-queue of another."""
    return isinstance(entity, Topic) or entity.dead_letters is not None


def _restore_messages(entity: Entity, messages: Iterable[Message]) -> None:
    for message in messages:
        if message.state is State.SCHEDULED:
            entity.intake.restore_scheduled(message)
        elif isinstance(entity, Queue):
            entity.restore(message)
