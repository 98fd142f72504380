"""The queues and topics that a case needs: the options of the vendor's administration client, and their local shape.

An entity is named by its position among the needs of its case, where another one forwards to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from azure.servicebus.management import CorrelationRuleFilter, SqlRuleAction, SqlRuleFilter

Filter = SqlRuleFilter | CorrelationRuleFilter


@dataclass(frozen=True)
class Queue:
    """A queue with options of `create_queue`; `forward_to` and the like give positions."""

    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A rule of a subscription: a filter, and an action as SQL."""

    filter: Filter
    action: str = ""

    @property
    def sql_action(self) -> SqlRuleAction | None:
        """The action for the administration client."""
        return SqlRuleAction(self.action) if self.action else None


@dataclass(frozen=True)
class Subscription:
    """A subscription with options of `create_subscription`, and rules; without any it has the default rule."""

    options: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True)
class Topic:
    """A topic with options of `create_topic`, and its subscriptions by name."""

    subscriptions: Mapping[str, Subscription]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Name:
    """A name that nothing has yet; whatever the case makes of it is deleted in the end."""


Need = Queue | Topic | Name


def queue(**options: Any) -> Queue:
    """A queue that a case needs."""
    return Queue(options)


def subscription(*filters: str | Filter, action: str = "", **options: Any) -> Subscription:
    """A subscription that a case needs; the filters are SQL, or correlation filters."""
    rules = [Rule(SqlRuleFilter(each) if isinstance(each, str) else each, action) for each in filters]
    return Subscription(options, {f"rule-{number}": rule for number, rule in enumerate(rules)})


def topic(*names: str, options: Mapping[str, Any] | None = None, **subscriptions: Subscription) -> Topic:
    """A topic that a case needs, with subscriptions by name; bare names have no options."""
    return Topic({**{name: Subscription() for name in names}, **subscriptions}, options or {})


def topology(needed: Mapping[str, Need]) -> dict[str, object]:
    """The topology file of a local endpoint that has these entities."""
    queues = [
        {"Name": name, "Properties": _properties(need.options)}
        for name, need in needed.items()
        if isinstance(need, Queue)
    ]
    topics = [_topic(name, need) for name, need in needed.items() if isinstance(need, Topic)]
    return {"UserConfig": {"Namespaces": [{"Name": "conformance", "Queues": queues, "Topics": topics}]}}


def named(prefix: str, needs: Sequence[Need]) -> dict[str, Need]:
    """The needs of one case by name, with names in place of positions."""
    names = [f"{prefix}-{position}" for position in range(len(needs))]
    return {name: _pointed(need, names) for name, need in zip(names, needs, strict=True)}


def _pointed(need: Need, names: Sequence[str]) -> Need:
    if isinstance(need, Name):
        return need
    if isinstance(need, Queue):
        return Queue(_with_names(need.options, names))
    subscriptions = {
        name: Subscription(_with_names(each.options, names), each.rules) for name, each in need.subscriptions.items()
    }
    return Topic(subscriptions, need.options)


def _with_names(options: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    forwards = ("forward_to", "forward_dead_lettered_messages_to")
    return {name: names[value] if name in forwards else value for name, value in options.items()}


def _topic(name: str, need: Topic) -> dict[str, object]:
    subscriptions = [
        {"Name": each, "Properties": _properties(one.options), "Rules": [_rule(*rule) for rule in one.rules.items()]}
        for each, one in need.subscriptions.items()
    ]
    return {"Name": name, "Properties": _properties(need.options), "Subscriptions": subscriptions}


def _properties(options: Mapping[str, Any]) -> dict[str, object]:
    return {_pascal(name): _plain(value) for name, value in options.items()}


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _plain(value: Any) -> object:
    return f"PT{value.total_seconds()}S" if isinstance(value, timedelta) else value


def _rule(name: str, rule: Rule) -> dict[str, object]:
    properties: dict[str, object] = {}
    if isinstance(rule.filter, CorrelationRuleFilter):
        given = {key: value for key, value in vars(rule.filter).items() if value and key != "properties"}
        compared = {_pascal(key): value for key, value in given.items()} | {"Properties": rule.filter.properties or {}}
        properties |= {"FilterType": "Correlation", "CorrelationFilter": compared}
    else:
        properties |= {"FilterType": "Sql", "SqlFilter": {"SqlExpression": rule.filter.sql_expression}}
    if rule.action:
        properties["Action"] = {"SqlExpression": rule.action}
    return {"Name": name, "Properties": properties}
