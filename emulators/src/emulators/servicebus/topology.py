"""The topology file: which queues, topics and subscriptions there are.

The shape is that of the vendor emulator's configuration. What is not known here is an error that names its place, so
that nobody believes in a property which has no effect.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from emulators.servicebus.broker.broker import Plan, QueuePlan, TopicPlan
from emulators.servicebus.broker.names import entity_complaint, part_complaint
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.document import Fields, TopologyError, check_unique, entries, fields, name_of, only, text_of
from emulators.servicebus.rule_documents import rule_of

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_LARGEST_MESSAGE_KILOBYTES = 102_400
_UNLIMITED = 10_000 * 86_400_000


def read_topology(path: Path) -> Plan:
    """The entities of a topology file; raises `TopologyError`."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as cause:
        raise TopologyError(f"topology {path}: can't be read: {cause.strerror}") from cause
    except ValueError as cause:
        raise TopologyError(f"topology {path}: is not JSON: {cause}") from cause
    try:
        return plan_of(document)
    except TopologyError as cause:
        raise TopologyError(f"topology {path}: {cause}") from cause


def plan_of(document: object) -> Plan:
    """The entities of a topology document. Other parts of the file than `UserConfig` belong to others."""
    user_config = fields(fields(document, "the document").get("UserConfig"), "UserConfig")
    only(user_config, {"Namespaces", "Logging"}, "UserConfig")
    queues: list[QueuePlan] = []
    topics: list[TopicPlan] = []
    for place, namespace in entries(user_config, "Namespaces", "UserConfig"):
        only(namespace, {"Name", "Queues", "Topics"}, place)
        queues.extend(_queue(at, entry, _QUEUE_PROPERTIES) for at, entry in entries(namespace, "Queues", place))
        topics.extend(_topic(at, entry) for at, entry in entries(namespace, "Topics", place))
    check_unique([*(queue.name for queue in queues), *(topic.name for topic in topics)], "UserConfig.Namespaces")
    _check_destinations(queues, topics)
    return Plan(tuple(queues), tuple(topics))


def _check_destinations(queues: list[QueuePlan], topics: list[TopicPlan]) -> None:
    known = {queue.name.lower() for queue in queues} | {topic.name.lower() for topic in topics}
    for holder in (*queues, *(each for topic in topics for each in topic.subscriptions)):
        for name in (holder.settings.forward_to, holder.settings.forward_dead_letters_to):
            if name and (name.lower() not in known or name.lower() == holder.name.lower()):
                raise TopologyError(
                    f"UserConfig.Namespaces: '{holder.name}' forwards to '{name}', which is not another queue or topic"
                )


def _queue(place: str, entry: Fields, known: "_Readers") -> QueuePlan:
    only(entry, {"Name", "Properties"} | ({"Rules"} if known is _SUBSCRIPTION_PROPERTIES else set()), place)
    complaint = part_complaint if known is _SUBSCRIPTION_PROPERTIES else entity_complaint
    return QueuePlan(name_of(entry, place, complaint), _settings(entry, place, known))


def _topic(place: str, entry: Fields) -> TopicPlan:
    only(entry, {"Name", "Properties", "Subscriptions"}, place)
    subscriptions = []
    for at, each in entries(entry, "Subscriptions", place):
        rules = tuple(rule_of(where, entry) for where, entry in entries(each, "Rules", at))
        check_unique([rule.name for rule in rules], f"{at}.Rules")
        subscriptions.append(replace(_queue(at, each, _SUBSCRIPTION_PROPERTIES), rules=rules or (DEFAULT_RULE,)))
    check_unique([each.name for each in subscriptions], f"{place}.Subscriptions")
    return TopicPlan(
        name_of(entry, place, entity_complaint), _settings(entry, place, _TOPIC_PROPERTIES), tuple(subscriptions)
    )


def _settings(entry: Fields, place: str, known: "_Readers") -> Settings:
    place = f"{place}.Properties"
    properties = fields(entry.get("Properties", {}), place)
    only(properties, set(known), place)
    values: dict[str, object] = {}
    for name, value in properties.items():
        field, read = known[name]
        values[field] = read(value, f"{place}.{name}")
    needs_window = values.pop("requires_duplicate_detection", False)
    window = values.pop("duplicate_window", 10 * 60_000)
    values.pop("partitioning", None)
    if values.get("forward_to") and values.get("requires_session"):
        raise TopologyError(f"{place}.ForwardTo: an entity that requires sessions can't forward its messages")
    return Settings(**values, duplicate_window=window if needs_window else 0)  # type: ignore[arg-type]  # As read above.


def _duration(value: object, place: str) -> int:
    matched = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if matched is None or not any(matched.groups()):
        raise TopologyError(f"{place}: a duration such as PT15S or P1D was expected, found {value!r}")
    days, hours, minutes, seconds = (float(group or 0) for group in matched.groups())
    return round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)


def _span(value: object, place: str) -> int:
    """A time to live; what exceeds 10,000 days means for ever."""
    milliseconds = _duration(value, place)
    return 0 if milliseconds > _UNLIMITED else milliseconds


def _truth(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise TopologyError(f"{place}: true or false was expected, found {value!r}")
    return value


def _count(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TopologyError(f"{place}: a number from 1 on was expected, found {value!r}")
    return value


def _megabytes(value: object, place: str) -> int:
    return _count(value, place) << 20


def _message_kilobytes(value: object, place: str) -> int:
    kilobytes = _count(value, place)
    if not 1024 <= kilobytes <= _LARGEST_MESSAGE_KILOBYTES:
        raise TopologyError(f"{place}: 1024 to {_LARGEST_MESSAGE_KILOBYTES} were expected, found {kilobytes}")
    return kilobytes << 10


def _destination(value: object, place: str) -> str:
    """A queue or topic; an empty name stands for none in the vendor's files."""
    return text_of(value, place) if value else ""


def _nothing(value: object, place: str) -> None:
    if value:
        raise TopologyError(f"{place}: is not supported, found {value!r}; remove it")


_Readers = dict[str, tuple[str, Callable[[object, str], object]]]

_TOPIC_PROPERTIES: _Readers = {
    "DefaultMessageTimeToLive": ("time_to_live", _span),
    "RequiresDuplicateDetection": ("requires_duplicate_detection", _truth),
    "DuplicateDetectionHistoryTimeWindow": ("duplicate_window", _duration),
    "EnablePartitioning": ("partitioning", _nothing),
    "MaxSizeInMegabytes": ("bytes_max", _megabytes),
    "MaxMessageSizeInKilobytes": ("message_bytes_max", _message_kilobytes),
}
_SUBSCRIPTION_PROPERTIES: _Readers = {
    "LockDuration": ("lock_duration", _duration),
    "MaxDeliveryCount": ("delivery_count_max", _count),
    "RequiresSession": ("requires_session", _truth),
    "DefaultMessageTimeToLive": ("time_to_live", _span),
    "DeadLetteringOnMessageExpiration": ("dead_letters_expired", _truth),
    "ForwardTo": ("forward_to", _destination),
    "ForwardDeadLetteredMessagesTo": ("forward_dead_letters_to", _destination),
}
_QUEUE_PROPERTIES: _Readers = _TOPIC_PROPERTIES | _SUBSCRIPTION_PROPERTIES
