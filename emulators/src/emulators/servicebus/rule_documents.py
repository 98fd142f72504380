"""Rules as JSON, in the shape that the vendor emulator's configuration has; the journal keeps them in it too.

Application properties of a correlation filter stand under `Properties`, or under `ApplicationProperties`.
"""

import json
from collections.abc import Callable

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
_ALIASES = {"subject": "label"}
_USER_PROPERTIES = ("Properties", "ApplicationProperties")


def rule_of(place: str, entry: Fields) -> Rule:
    """One entry of `Rules`; raises `TopologyError` that names the place."""
    only(entry, {"Name", "Properties"}, place)
    # The one name with a dollar sign that the service itself gives.
    name = "$Default" if entry.get("Name") == "$Default" else name_of(entry, place)
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
        return Rule(name, read(properties, place), Action(_expression(action, f"{place}.Action")) if action else None)
    except InvalidArgument as cause:
        raise TopologyError(f"{place}: {cause}") from cause


def rules_text(rules: tuple[Rule, ...]) -> str:
    """Rules as JSON."""
    return json.dumps([_document(rule) for rule in rules])


def rules_in(text: str) -> tuple[Rule, ...]:
    """The rules that `rules_text` has written."""
    return tuple(rule_of(f"rules[{index}]", entry) for index, entry in enumerate(json.loads(text)))


def _sql(properties: Fields, place: str) -> SqlFilter:
    return SqlFilter(_expression(properties.get("SqlFilter"), f"{place}.SqlFilter"))


def _expression(value: object, place: str) -> str:
    entry = fields(value, place)
    only(entry, {"SqlExpression"}, place)
    return text_of(entry.get("SqlExpression"), f"{place}.SqlExpression")


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
    return CorrelationFilter(tuple(sorted(system)), tuple(user.items()))


_FILTERS: dict[str, Callable[[Fields, str], SqlFilter | CorrelationFilter]] = {
    "Sql": _sql,
    "Correlation": _correlation,
}


def _document(rule: Rule) -> Fields:
    properties: Fields = {}
    if isinstance(rule.filter, SqlFilter):
        properties |= {"FilterType": "Sql", "SqlFilter": {"SqlExpression": rule.filter.expression}}
    else:
        named = {name: value for name in CORRELATION_NAMES for key, value in rule.filter.system if key == name.lower()}
        entry = {**named, "Properties": dict(rule.filter.user)}
        properties |= {"FilterType": "Correlation", "CorrelationFilter": entry}
    if rule.action is not None:
        properties["Action"] = {"SqlExpression": rule.action.expression}
    return {"Name": rule.name, "Properties": properties}
