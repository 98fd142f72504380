"""The entities that the options of the command ask for, besides those of the topology file."""

from collections.abc import Callable, Sequence

from emulators.servicebus.broker.broker import Plan, QueuePlan, TopicPlan
from emulators.servicebus.broker.names import ENTITY_NAME_MAX, entity_complaint, part_complaint
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.document import TopologyError


def with_entities(
    plan: Plan, queues: Sequence[str], session_queues: Sequence[str], subscriptions: Sequence[str]
) -> Plan:
    """The plan with more entities, a subscription as `topic/name`; raises `TopologyError` if a name can't be had."""
    asked = [QueuePlan(_checked(name)) for name in queues]
    asked += [QueuePlan(_checked(name), Settings(requires_session=True)) for name in session_queues]
    topics = {topic.name.lower(): topic for topic in plan.topics}
    for text in subscriptions:
        topic_name, slash, name = text.rpartition("/")
        if not slash:
            raise TopologyError(f"--subscription {text}: TOPIC/NAME was expected, such as news/daily")
        known = topics.get(topic_name.lower()) or TopicPlan(_checked(topic_name))
        more = (*known.subscriptions, QueuePlan(_checked(name, part_complaint)))
        topics[topic_name.lower()] = TopicPlan(known.name, known.settings, more)
    whole = Plan((*plan.queues, *asked), tuple(topics.values()))
    _check_unique(whole)
    return whole


def _checked(name: str, complaint: Callable[[str], str] = entity_complaint) -> str:
    if why := complaint(name):
        raise TopologyError(f"'{name[:ENTITY_NAME_MAX]}' can't be the name of an entity: {why}")
    return name


def _check_unique(plan: Plan) -> None:
    seen: set[str] = set()
    for name in plan.names():
        if name.lower() in seen:
            raise TopologyError(f"There are two entities with the name '{name}'. Leave one out.")
        seen.add(name.lower())
