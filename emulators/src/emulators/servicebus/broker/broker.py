"""All entities by name, and the two things that happen to them together: time passes, messages move."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from emulators.servicebus.broker.changes import Changes, Sighting
from emulators.servicebus.broker.content import Message, State
from emulators.servicebus.broker.deadline import NEVER
from emulators.servicebus.broker.forwarding import Outlet
from emulators.servicebus.broker.queue import SUBSCRIPTIONS_INFIX, Counts, Queue
from emulators.servicebus.broker.refusals import EntityNotFound
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE, Rule
from emulators.servicebus.broker.rules.ruleset import RuleSet
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.broker.surroundings import Surroundings
from emulators.servicebus.broker.topic import Topic

DEAD_LETTER_SUFFIX = "/$DeadLetterQueue"
TRANSFER_SUFFIX = "/$Transfer" + DEAD_LETTER_SUFFIX

Entity = Queue | Topic


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """A queue, or a subscription, that shall exist; only a subscription has rules."""

    name: str
    settings: Settings = field(default_factory=Settings)
    rules: tuple[Rule, ...] = (DEFAULT_RULE,)


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic that shall exist, with its subscriptions."""

    name: str
    settings: Settings = field(default_factory=Settings)
    subscriptions: tuple[QueuePlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All entities that shall exist."""

    queues: tuple[QueuePlan, ...] = ()
    topics: tuple[TopicPlan, ...] = ()

    def names(self) -> list[str]:
        """The full name of every entity, sub-queues included."""
        topics = [topic.name for topic in self.topics]
        holders = [queue.name for queue in self.queues]
        for topic in self.topics:
            holders.extend(topic.name + SUBSCRIPTIONS_INFIX + each.name for each in topic.subscriptions)
        return (
            topics + holders + [name + suffix for suffix in (DEAD_LETTER_SUFFIX, TRANSFER_SUFFIX) for name in holders]
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """What a journal gives back for one entity."""

    entity_id: int
    last_sequence: int = 0
    messages: tuple[Message, ...] = ()
    session_states: tuple[tuple[str, bytes, int], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    rules: tuple[Rule, ...] | None = None


class Broker:
    """The entities of one namespace. Names are compared without regard to case."""

    def __init__(self, plan: Plan, stored: dict[str, Stored]) -> None:
        """Make the entities with what was stored of them: one entry for each of `plan.names()`, in lower case."""
        self._around = Surroundings(self.wake)
        self._pending: dict[str, None] = {}
        self._entities: dict[str, Entity] = {}
        for queue in plan.queues:
            self._add_queue(queue.name, queue.settings, stored)
        for topic in plan.topics:
            subscriptions = [self._add_subscription(topic.name, each, stored) for each in topic.subscriptions]
            entity_id = stored[topic.name.lower()].entity_id
            self._add(Topic(entity_id, topic.name, topic.settings, self._around, subscriptions), stored)
        for entity in list(self._entities.values()):
            if isinstance(entity, Queue):
                self._connect(entity)

    @property
    def changes(self) -> Changes:
        """What has to be stored."""
        return self._around.changes

    def find(self, name: str) -> Entity:
        """The entity of a name such as `queue`, `topic/Subscriptions/name` or `queue/$DeadLetterQueue`."""
        entity = self._entities.get(name.lower())
        if entity is None:
            raise EntityNotFound(f"The messaging entity '{name}' could not be found. It is not in the topology.")
        return entity

    def advance(self, now: int) -> None:
        """Let time pass up to now."""
        deadline = self._around.deadline
        if now < deadline.at:
            return
        deadline.at = NEVER
        for entity in self._entities.values():
            at = entity.next_at()
            if at is not None and at <= now:
                entity.advance(now)
                at = entity.next_at()
            if at is not None:
                deadline.note(at)

    def next_at(self) -> int | None:
        """When `advance` may have something to do."""
        at = self._around.deadline.at
        return None if at == NEVER else at

    def pump(self, now: int) -> None:
        """Hand out messages wherever something has changed."""
        while self._pending:
            name, _ = self._pending.popitem()
            queue = self._entities[name.lower()]
            if isinstance(queue, Queue):
                queue.pump(now)

    def wake(self, name: str) -> None:
        """Something has changed in a queue, or its receivers have new credit."""
        self._pending[name] = None

    def counts(self) -> dict[str, Counts]:
        """What each entity holds; dead-letter queues are counted with theirs."""
        return {
            entity.name: entity.counts()
            for entity in self._entities.values()
            if isinstance(entity, Topic) or entity.dead_letters is not None
        }

    def _add_queue(self, name: str, settings: Settings, stored: dict[str, Stored]) -> Queue:
        buried = name + DEAD_LETTER_SUFFIX
        plain = Settings(lock_duration=settings.lock_duration, delivery_count_max=settings.delivery_count_max)
        dead_letters, undelivered = (
            Queue(stored[each.lower()].entity_id, each, plain, self._around)
            for each in (buried, name + TRANSFER_SUFFIX)
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
        ways = ((queue, queue.settings.forward_to), (queue.dead_letters, queue.settings.forward_dead_letters_to))
        for source, destination in ways:
            if destination and source is not None and queue.undelivered is not None:
                source.outlet = Outlet(queue.name, self.find(destination), queue.undelivered)

    def _add(self, entity: Entity, stored: dict[str, Stored]) -> None:
        self._entities[entity.name.lower()] = entity
        record = stored[entity.name.lower()]
        entity.intake.restore_numbers(record.last_sequence, record.sightings)
        _restore_messages(entity, record.messages)
        if isinstance(entity, Queue) and entity.sessions is not None:
            for session_id, state, set_at in record.session_states:
                entity.sessions.restore_state(session_id, state, set_at)


def _restore_messages(entity: Entity, messages: Iterable[Message]) -> None:
    for message in messages:
        if message.state is State.SCHEDULED:
            entity.intake.restore_scheduled(message)
        elif isinstance(entity, Queue):
            entity.restore(message)


def stored_nothing(plan: Plan) -> dict[str, Stored]:
    """The record of a broker that starts empty."""
    return {name.lower(): Stored(number) for number, name in enumerate(plan.names(), start=1)}
