"""Which queues and topics a memory broker has, read from the deployment's topology."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from durable.topology import read_duration, read_topology

MAX_DELIVERIES_DEFAULT = 10


@dataclass(frozen=True, slots=True)
class QueueDescription:
    """A queue, or one subscription of a topic.

    Attributes:
        name: of the queue, or of the subscription within its topic.
        lock: how long a message or a session stays locked.
        sessions: whether it is received by session.
        max_deliveries: a message given back that often is dead-lettered.
        duplicate_window: how long a message id is remembered; `None` for not at all.
    """

    name: str
    lock: timedelta = timedelta(minutes=1)
    sessions: bool = False
    max_deliveries: int = MAX_DELIVERIES_DEFAULT
    duplicate_window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TopicDescription:
    """A topic and its subscriptions; each gets a copy of every message."""

    name: str
    subscriptions: tuple[QueueDescription, ...] = ()
    duplicate_window: timedelta | None = None


Entities = tuple[QueueDescription | TopicDescription, ...]


def read_entities(topology: bytes) -> Entities:
    """Read the queues and topics of a topology file.

    Raises:
        ValueError: it is no topology; says what is missing.
    """
    read_topology(topology)
    namespace = orjson.loads(topology)["UserConfig"]["Namespaces"][0]
    queues = (_queue(entity) for entity in namespace["Queues"])
    topics = (_topic(entity) for entity in namespace["Topics"])
    return (*queues, *topics)


def _queue(entity: Mapping[str, Any]) -> QueueDescription:
    properties = entity.get("Properties", {})
    return QueueDescription(
        name=entity["Name"],
        lock=read_duration(properties.get("LockDuration", "PT1M"), entity["Name"]),
        sessions=properties.get("RequiresSession", False),
        max_deliveries=properties.get("MaxDeliveryCount", MAX_DELIVERIES_DEFAULT),
        duplicate_window=_window(entity),
    )


def _topic(entity: Mapping[str, Any]) -> TopicDescription:
    subscriptions = tuple(_queue(subscription) for subscription in entity.get("Subscriptions", ()))
    return TopicDescription(entity["Name"], subscriptions, _window(entity))


def _window(entity: Mapping[str, Any]) -> timedelta | None:
    properties = entity.get("Properties", {})
    if not properties.get("RequiresDuplicateDetection", False):
        return None
    return read_duration(properties.get("DuplicateDetectionHistoryTimeWindow", "PT10M"), entity["Name"])
