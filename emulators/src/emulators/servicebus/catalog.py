"""Which entities there are at a start: those of the topology file, and what was made of them at run time.

1. An entity that was made or changed at run time is as it was told then, whatever the file says of it.
2. An entity of the file that was deleted at run time stays deleted, until it is made again at run time.
3. Every other entity of the file is as the file says.
4. A topic that was made again at run time has none of the subscriptions that the file gives it.
"""

from dataclasses import dataclass, field

from emulators.servicebus.broker.entity_changes import Description
from emulators.servicebus.broker.plan import Plan, QueuePlan, TopicPlan
from emulators.servicebus.broker.queue import SUBSCRIPTIONS_INFIX
from emulators.servicebus.broker.settings import Settings


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal has: the entities that were made or changed, and the names that were deleted, in lower case."""

    described: tuple[Description, ...] = ()
    struck: frozenset[str] = field(default_factory=frozenset)


class _Drafts:
    """Queues and topics by name in lower case; the last word on each name counts."""

    def __init__(self) -> None:
        self._queues: dict[str, QueuePlan] = {}
        self._topics: dict[str, TopicPlan] = {}
        self._subscriptions: dict[str, dict[str, QueuePlan]] = {}

    def queue(self, name: str, settings: Settings) -> None:
        self._topics.pop(name.lower(), None)
        self._queues[name.lower()] = QueuePlan(name, settings)

    def topic(self, name: str, settings: Settings) -> None:
        self._queues.pop(name.lower(), None)
        self._topics[name.lower()] = TopicPlan(name, settings)

    def subscription(self, topic: str, plan: QueuePlan) -> None:
        """Keep the rules that are there: those of the file, which stored ones replace later."""
        named = self._subscriptions.setdefault(topic.lower(), {})
        known = named.get(plan.name.lower())
        named[plan.name.lower()] = plan if known is None else QueuePlan(plan.name, plan.settings, known.rules)

    def plan(self) -> Plan:
        topics = tuple(
            TopicPlan(each.name, each.settings, tuple(self._subscriptions.get(name, {}).values()))
            for name, each in self._topics.items()
        )
        return Plan(tuple(self._queues.values()), topics)


def merged(topology: Plan, told: Told) -> Plan:
    """The entities that shall exist, by the rules above."""
    drafts = _Drafts()
    _declare(drafts, topology, told.struck)
    for each in told.described:
        parent, infix, own = each.name.partition(SUBSCRIPTIONS_INFIX)
        if each.settings is None:
            continue
        if infix:
            drafts.subscription(parent, QueuePlan(own, each.settings))
        elif each.kind == "topic":
            drafts.topic(each.name, each.settings)
        else:
            drafts.queue(each.name, each.settings)
    return drafts.plan()


def _declare(drafts: _Drafts, topology: Plan, struck: frozenset[str]) -> None:
    for queue in topology.queues:
        if queue.name.lower() not in struck:
            drafts.queue(queue.name, queue.settings)
    for topic in topology.topics:
        if topic.name.lower() not in struck:
            drafts.topic(topic.name, topic.settings)
        for each in topic.subscriptions:
            if f"{topic.name}{SUBSCRIPTIONS_INFIX}{each.name}".lower() not in struck:
                drafts.subscription(topic.name, each)
