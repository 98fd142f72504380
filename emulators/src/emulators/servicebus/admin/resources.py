"""Which resource a path names.

A queue or topic may have slashes in its name, a subscription or rule may not; so a path is read from its end.
"""

import re
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What there is to be asked for."""

    NAMESPACE = "namespace"
    QUEUES = "queues"
    TOPICS = "topics"
    ENTITY = "queue or topic"
    SUBSCRIPTIONS = "subscriptions"
    SUBSCRIPTION = "subscription"
    RULES = "rules"
    RULE = "rule"


class Resource(NamedTuple):
    """A resource and the names on the way to it: topic, subscription, rule."""

    kind: Kind
    names: tuple[str, ...] = ()


_FIXED = {
    "$namespaceinfo": Kind.NAMESPACE,
    "$resources/queues": Kind.QUEUES,
    "$resources/topics": Kind.TOPICS,
}
_BELOW_A_TOPIC = re.compile(
    r"(?P<topic>.+?)/subscriptions(?:/(?P<subscription>[^/]+)(?P<rules>/rules(?:/(?P<rule>[^/]+))?)?)?", re.IGNORECASE
)


def resource_of(path: str) -> Resource:
    """The resource of a path, decoded and without slashes at its ends."""
    fixed = _FIXED.get(path.lower())
    if fixed is not None:
        return Resource(fixed)
    below = _BELOW_A_TOPIC.fullmatch(path)
    if below is None:
        return Resource(Kind.ENTITY, (path,))
    topic, subscription, rules, rule = below.group("topic", "subscription", "rules", "rule")
    if rule is not None:
        return Resource(Kind.RULE, (topic, subscription, rule))
    if rules is not None:
        return Resource(Kind.RULES, (topic, subscription))
    if subscription is not None:
        return Resource(Kind.SUBSCRIPTION, (topic, subscription))
    return Resource(Kind.SUBSCRIPTIONS, (topic,))
