"""Which entities shall exist, and what a journal gives back for each of them."""

from dataclasses import dataclass, field

from emulators.servicebus.broker.changes import Sighting
from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.queue import SUBSCRIPTIONS_INFIX
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE, Rule
from emulators.servicebus.broker.settings import Settings

DEAD_LETTER_SUFFIX = "/$DeadLetterQueue"
TRANSFER_SUFFIX = "/$Transfer" + DEAD_LETTER_SUFFIX


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


def with_sub_queues(name: str) -> tuple[str, str, str]:
    """The name of a queue or subscription, and those of its dead-letter and transfer dead-letter queues."""
    return name, name + DEAD_LETTER_SUFFIX, name + TRANSFER_SUFFIX


@dataclass(frozen=True, slots=True)
class Stored:
    """What a journal gives back for one entity."""

    entity_id: int
    last_sequence: int = 0
    messages: tuple[Message, ...] = ()
    session_states: tuple[tuple[str, bytes, int], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    rules: tuple[Rule, ...] | None = None
    created_at: int = 0
    updated_at: int = 0


def stored_nothing(plan: Plan) -> dict[str, Stored]:
    """The record of a broker that starts empty."""
    return {name.lower(): Stored(number) for number, name in enumerate(plan.names(), start=1)}
