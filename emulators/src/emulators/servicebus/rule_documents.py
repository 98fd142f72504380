"""Rules as JSON, in the shape that the vendor emulator's configuration has; the journal keeps them in it too.

Application properties of a correlation filter stand under `Properties`, or under `ApplicationProperties`. Values that
JSON has no words for are objects with one entry: `Timestamp` in milliseconds, `Timespan` in ticks of 100 ns.
"""

import json
from collections.abc import Callable

from emulators.servicebus.amqp.values import Described, Symbol, Timestamp
from emulators.servicebus.broker.names import part_complaint
from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.broker.rules.rule import Action, CorrelationFilter, Rule, SqlFilter
from emulators.servicebus.document import Fields, TopologyError, fields, name_of, only, text_of

CORRELATION_NAMES = (
    "CorrelationId",
    "MessageId",
    "To",
    "ReplyTo",
    "Label",
    "SessionId",
    "ReplyToSessionId",
    "ContentType",
)
# How a span of time is named in AMQP; its value is in ticks of 100 ns.
TIMESPAN = Symbol("com.microsoft:timespan")
_TIMESTAMP, _TIMESPAN = "Timestamp", "Timespan"
_ALIASES = {"subject": "label"}
_USER_PROPERTIES = ("Properties", "ApplicationProperties")


def rule_of(place: str, entry: Fields) -> Rule:
    """One entry of `Rules`; raises `TopologyError` that names the place."""
    only(entry, {"Name", "Properties", "CreatedAt"}, place)
    # The one name with a dollar sign that the service itself gives.
    name = "$Default" if entry.get("Name") == "$Default" else name_of(entry, place, part_complaint)
    place = f"{place}.Properties"
    properties = fields(entry.get("Properties"), place)
    only(properties, {"FilterType", "CorrelationFilter", "SqlFilter", "Action"}, place)
    read = _FILTERS.get(str(properties.get("FilterType")))
    if read is None:
        raise TopologyError(
            f"{place}.FilterType: one of {', '.join(_FILTERS)} was expected, found {properties.get('FilterType')!r}"
        )
    action = properties.get("Action")
    try:
        return Rule(
            name,
            read(properties, place),
            Action(*_expression(action, f"{place}.Action")) if action else None,
            _time_of(entry, place),
        )
    except InvalidArgument as cause:
        raise TopologyError(f"{place}: {cause}") from cause


def rules_text(rules: tuple[Rule, ...]) -> str:
    """Rules as JSON."""
    return json.dumps([_document(rule) for rule in rules])


def rules_in(text: str) -> tuple[Rule, ...]:
    """The rules that `rules_text` has written."""
    return tuple(rule_of(f"rules[{index}]", entry) for index, entry in enumerate(json.loads(text)))


def _sql(properties: Fields, place: str) -> SqlFilter:
    return SqlFilter(*_expression(properties.get("SqlFilter"), f"{place}.SqlFilter"))


def _expression(value: object, place: str) -> tuple[str, tuple[tuple[str, object], ...]]:
    entry = fields(value, place)
    only(entry, {"SqlExpression", "Parameters"}, place)
    parameters = fields(entry.get("Parameters", {}), f"{place}.Parameters")
    named = tuple((name, _value_in(each)) for name, each in parameters.items())
    return text_of(entry.get("SqlExpression"), f"{place}.SqlExpression"), named


def _time_of(entry: Fields, place: str) -> int:
    at = entry.get("CreatedAt", 0)
    if not isinstance(at, int):
        raise TopologyError(f"{place}.CreatedAt: milliseconds since the epoch were expected, found {at!r}")
    return at


def _value_in(document: object) -> object:
    if isinstance(document, dict) and len(document) == 1:
        ((word, number),) = document.items()
        if word == _TIMESTAMP:
            return Timestamp(number)
        if word == _TIMESPAN:
            return Described(TIMESPAN, number)
    return document


def _value_document(value: object) -> object:
    if isinstance(value, Timestamp):
        return {_TIMESTAMP: int(value)}
    return {_TIMESPAN: value.value} if isinstance(value, Described) else value


def _correlation(properties: Fields, place: str) -> CorrelationFilter:
    place = f"{place}.CorrelationFilter"
    entry = fields(properties.get("CorrelationFilter"), place)
    only(entry, {*CORRELATION_NAMES, "Subject", *_USER_PROPERTIES}, place)
    user: dict[str, object] = {}
    for name in _USER_PROPERTIES:
        user |= fields(entry.get(name, {}), f"{place}.{name}")
    system = [
        (_ALIASES.get(name.lower(), name.lower()), text_of(value, f"{place}.{name}"))
        for name, value in entry.items()
        if name not in _USER_PROPERTIES
    ]
    if not system and not user:
        raise TopologyError(f"{place}: at least one property to compare was expected, found none")
    return CorrelationFilter(tuple(sorted(system)), tuple((name, _value_in(value)) for name, value in user.items()))


_FILTERS: dict[str, Callable[[Fields, str], SqlFilter | CorrelationFilter]] = {
    "Sql": _sql,
    "Correlation": _correlation,
}


def _document(rule: Rule) -> Fields:
    properties: Fields = {}
    if isinstance(rule.filter, SqlFilter):
        properties |= {"FilterType": "Sql", "SqlFilter": _sql_document(rule.filter)}
    else:
        named = {name: value for name in CORRELATION_NAMES for key, value in rule.filter.system if key == name.lower()}
        entry = {**named, "Properties": _documents(rule.filter.user)}
        properties |= {"FilterType": "Correlation", "CorrelationFilter": entry}
    if rule.action is not None:
        properties["Action"] = _sql_document(rule.action)
    return {"Name": rule.name, "Properties": properties} | ({"CreatedAt": rule.created_at} if rule.created_at else {})


def _sql_document(part: SqlFilter | Action) -> Fields:
    parameters = {"Parameters": _documents(part.parameters)} if part.parameters else {}
    return {"SqlExpression": part.expression, **parameters}


def _documents(values: tuple[tuple[str, object], ...]) -> Fields:
    return {name: _value_document(value) for name, value in values}
