"""Queues, topics, subscriptions and containers as Python. What is not said is as the service has it by default."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, Unpack

from emulators.cosmos.topology import ContainerPlan, Topology
from emulators.servicebus.broker.plan import Plan, QueuePlan, TopicPlan
from emulators.servicebus.broker.rules.rule import DEFAULT_RULE, Rule, SqlFilter
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.topology import read_topology

Entities: TypeAlias = QueuePlan | TopicPlan | Path
"""An entity, or a topology file with many."""

_MILLISECOND = timedelta(milliseconds=1)


class QueueOptions(TypedDict, total=False):
    """What a queue or a subscription can be told to do."""

    lock_duration: timedelta
    delivery_count_max: int
    requires_session: bool
    duplicate_window: timedelta
    time_to_live: timedelta
    dead_letters_expired: bool
    forward_to: str
    forward_dead_letters_to: str


def queue(name: str, **options: Unpack[QueueOptions]) -> QueuePlan:
    """A queue."""
    return QueuePlan(name, _settings(options))


def topic(name: str, *subscriptions: QueuePlan, duplicate_window: timedelta = timedelta(0)) -> TopicPlan:
    """A topic with its subscriptions."""
    return TopicPlan(name, Settings(duplicate_window=duplicate_window // _MILLISECOND), subscriptions)


def subscription(name: str, *, where: str | None = None, **options: Unpack[QueueOptions]) -> QueuePlan:
    """A subscription of a topic; `where` is an SQL filter, without it everything passes."""
    rules = (DEFAULT_RULE,) if where is None else (Rule("where", SqlFilter(where)),)
    return QueuePlan(name, _settings(options), rules)


def container(
    name: str,
    partition_key: str | Sequence[str],
    *,
    default_ttl: int | None = None,
    unique_keys: Iterable[Sequence[str]] = (),
    indexing_policy: dict[str, Any] | None = None,
) -> ContainerPlan:
    """A container, as `database/name`; `partition_key` is a path such as `/customer`, or several of them."""
    database, slash, own = name.partition("/")
    if not slash or not own:
        raise ValueError(f"Expected the name of a container as 'database/name', found {name!r}.")
    paths = [partition_key] if isinstance(partition_key, str) else list(partition_key)
    kind = "Hash" if len(paths) == 1 else "MultiHash"
    properties: dict[str, Any] = {"id": own, "partitionKey": {"paths": paths, "kind": kind, "version": 2}}
    if default_ttl is not None:
        properties["defaultTtl"] = default_ttl
    if indexing_policy is not None:
        properties["indexingPolicy"] = indexing_policy
    keys = [{"paths": list(each)} for each in unique_keys]
    if keys:
        properties["uniqueKeyPolicy"] = {"uniqueKeys": keys}
    return ContainerPlan(database, properties)


def plan_of(entities: Iterable[Entities]) -> Plan:
    """The plan of a Service Bus endpoint."""
    plan = Plan()
    for entity in entities:
        match entity:
            case QueuePlan():
                plan = Plan((*plan.queues, entity), plan.topics)
            case TopicPlan():
                plan = Plan(plan.queues, (*plan.topics, entity))
            case _:
                found = read_topology(entity)
                plan = Plan(plan.queues + found.queues, plan.topics + found.topics)
    return plan


def topology_of(containers: Iterable[ContainerPlan | Path]) -> Topology:
    """The topology of a Cosmos DB endpoint."""
    databases: dict[str, None] = {}
    plans: list[ContainerPlan] = []
    for each in containers:
        found = Topology((each.database,), (each,)) if isinstance(each, ContainerPlan) else Topology.read(each)
        databases |= dict.fromkeys(found.databases)
        plans.extend(found.containers)
    return Topology(tuple(databases), tuple(plans))


def _settings(options: QueueOptions) -> Settings:
    values: dict[str, Any] = dict(options)
    spans = {name: value // _MILLISECOND for name, value in values.items() if isinstance(value, timedelta)}
    return Settings(**{**values, **spans})
