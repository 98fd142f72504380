"""What the page shows of every entity: one row each, and the sums. Costs nothing until somebody looks."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from emulators.page.shown import text
from emulators.servicebus.broker.broker import Broker, Entity
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.rules.rule import CorrelationFilter, Rule, SqlFilter
from emulators.servicebus.broker.settings import Settings, Status
from emulators.servicebus.broker.topic import Topic

ROWS_MAX = 300


def overview_of(broker: Broker, wanted: str) -> dict[str, Any]:
    """The entities whose name contains `wanted`, at most `ROWS_MAX`, and the sums over all of them."""
    counts = broker.counts()
    names = sorted((name for name in counts if wanted.lower() in name.lower()), key=str.lower)
    return {
        "totals": totals_of(counts.values()),
        "flow": _flow_of(broker, counts),
        "entities": [row_of(broker.find(name), counts[name]) for name in names[:ROWS_MAX]],
        "matching": len(names),
        "existing": len(counts),
    }


def totals_of(all_counts: Iterable[Counts]) -> dict[str, int]:
    """Every count, summed up."""
    totals = asdict(Counts())
    for counts in all_counts:
        for name, number in asdict(counts).items():
            totals[name] += number
    return totals


def _flow_of(broker: Broker, all_counts: dict[str, Counts]) -> dict[str, int]:
    """What queues and subscriptions have accepted and what they hold: the difference of two looks is the throughput."""
    holders = [counts for name, counts in all_counts.items() if isinstance(broker.find(name), Queue)]
    held = sum(each.active + each.scheduled + each.deferred + each.dead_lettered for each in holders)
    return {
        "accepted": sum(each.accepted for each in holders),
        "held": held + sum(each.transfer_dead_lettered for each in holders),
    }


def row_of(entity: Entity, counts: Counts) -> dict[str, Any]:
    """One line of the table of entities."""
    row = {"name": entity.name, "kind": kind_of(entity), **asdict(counts)}
    if isinstance(entity, Queue):
        sessions = entity.sessions
        row |= {
            "locked": len(entity.locks),
            "bytes": entity.bytes,
            "sessions": None if sessions is None else len(sessions.all()),
        }
    return row


def kind_of(entity: Entity) -> str:
    """What an entity is called."""
    if isinstance(entity, Topic):
        return "topic"
    return "subscription" if entity.is_subscription else "queue"


def settings_shown(settings: Settings) -> list[list[str]]:
    """The settings that say something, as pairs of a name and a value; spans are milliseconds."""
    values = ((each.name, getattr(settings, each.name)) for each in fields(settings))
    shown = ((name, value.value if isinstance(value, Status) else value) for name, value in values)
    return [
        [name.replace("_", " "), text(value)]
        for name, value in shown
        if isinstance(value, str | int) and value and value != Status.ACTIVE.value
    ]


def rule_shown(rule: Rule) -> dict[str, str]:
    """A rule as one can read it."""
    return {
        "name": text(rule.name),
        "filter": _filter_shown(rule.filter),
        "action": "" if rule.action is None else text(rule.action.expression),
    }


def _filter_shown(found: object) -> str:
    if isinstance(found, SqlFilter):
        return text(found.expression)
    if isinstance(found, CorrelationFilter):
        named = (*((f"sys.{name}", value) for name, value in found.system), *found.user)
        return text(" and ".join(f"{name} = {value!r}" for name, value in named))
    return text(found)
