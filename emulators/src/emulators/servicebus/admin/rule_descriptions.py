"""Descriptions of rules: read into a rule, written from one.

1. A condition that is always true or false may be named instead: `TrueFilter`, `FalseFilter`.
2. Values are typed by their `type`; the service's names for them are those of XML Schema.
"""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from emulators.servicebus.admin import markup, spans
from emulators.servicebus.admin.complaints import Complaint, invalid
from emulators.servicebus.amqp.values import Described, Timestamp
from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.broker.rules.rule import EVERYTHING, Action, CorrelationFilter, Rule, SqlFilter
from emulators.servicebus.rule_documents import CORRELATION_NAMES, TIMESPAN

NOTHING = "1=0"
VALUES_MAX = 100

_LEVEL = "20"
_TICKS = 10_000
_INT_MAX = 2**31 - 1
_LONG_MAX = 2**63 - 1
_TEXT_MAX = 1024
_ITEM = "KeyValueOfstringanyType"
_CONSTANTS = {EVERYTHING: "TrueFilter", NOTHING: "FalseFilter"}
_EXPRESSIONS = {kind: expression for expression, kind in _CONSTANTS.items()}

Values = tuple[tuple[str, object], ...]


def rule_in(node: Element, name: str, now: int) -> Rule:
    """The rule that a description asks for; raises `Complaint`."""
    filter_node, action_node = (markup.child(node, tag) for tag in ("Filter", "Action"))
    try:
        chosen = SqlFilter(EVERYTHING) if filter_node is None else _filter_in(filter_node)
        sql = action_node is not None and markup.kind_in(action_node) == "SqlRuleAction"
        action = Action(*_sql_in(action_node)) if sql and action_node is not None else None
    except InvalidArgument as cause:
        raise invalid(str(cause)) from cause
    return Rule(name, chosen, action, now)


def rule_markup(rule: Rule, created_at: int) -> str:
    """The description of a rule; `created_at` counts if the rule itself does not know."""
    action = markup.element("Action", i__type="EmptyRuleAction")
    if rule.action is not None:
        action = markup.element("Action", _sql_markup(rule.action), i__type="SqlRuleAction")
    parts = (
        _filter_markup(rule.filter),
        action,
        markup.element("CreatedAt", spans.time_text(rule.created_at or created_at)),
        markup.element("Name", markup.text(rule.name)),
    )
    return markup.element("RuleDescription", "".join(parts), xmlns=markup.SERVICE, xmlns__i=markup.INSTANCE)


def _filter_in(node: Element) -> SqlFilter | CorrelationFilter:
    kind = markup.kind_in(node)
    if kind in _EXPRESSIONS:
        return SqlFilter(_EXPRESSIONS[kind])
    if kind == "SqlFilter":
        return SqlFilter(*_sql_in(node))
    if kind == "CorrelationFilter":
        return _correlation_in(node)
    known = ", ".join(("SqlFilter", "CorrelationFilter", *_EXPRESSIONS))
    raise invalid(f"The filter is of type '{kind}'; one of {known} was expected.")


def _correlation_in(node: Element) -> CorrelationFilter:
    system = [(name.lower(), _text_in(node, name)) for name in CORRELATION_NAMES if _text_in(node, name)]
    user = _values_in(markup.child(node, "Properties"))
    if not system and not user:
        raise invalid("A correlation filter must name at least one property to compare.")
    return CorrelationFilter(tuple(sorted(system)), user)


def _sql_in(node: Element) -> tuple[str, Values]:
    expression = _text_in(node, "SqlExpression")
    if not expression:
        raise invalid("A SqlExpression was expected, found none.")
    return expression, _values_in(markup.child(node, "Parameters"))


def _text_in(node: Element, tag: str) -> str:
    found = markup.child(node, tag)
    value = found.text or "" if found is not None else ""
    if len(value) > _TEXT_MAX:
        raise invalid(f"{tag} has at most {_TEXT_MAX} characters, found {len(value)}.")
    return value


def _values_in(node: Element | None) -> Values:
    items = [] if node is None else node.findall(f"{{{markup.SERVICE}}}{_ITEM}")
    if len(items) > VALUES_MAX:
        raise invalid(f"A rule has at most {VALUES_MAX} values, found {len(items)}.")
    return tuple((_text_in(item, "Key"), _value_in(markup.child(item, "Value"))) for item in items)


def _value_in(node: Element | None) -> object:
    kind = "" if node is None else markup.kind_in(node)
    read = _READERS.get(kind)
    if node is None or read is None:
        raise invalid(f"A value is of type '{kind}'; one of {', '.join(_READERS)} was expected.")
    text = node.text or ""
    try:
        return read(text)
    except (ValueError, LookupError, Complaint) as cause:
        raise invalid(f"'{text}' is no value of type {kind}.") from cause


def _integer(text: str) -> int:
    number = int(text[:24])
    if not -_LONG_MAX <= number <= _LONG_MAX:
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


def _time(text: str) -> Timestamp:
    return Timestamp(spans.time_in(text, "a value"))


def _span(text: str) -> Described:
    return Described(TIMESPAN, spans.span_in(text, "a value") * _TICKS)


_READERS: dict[str, Callable[[str], object]] = {
    "string": str,
    "int": _integer,
    "long": _integer,
    "double": float,
    "boolean": _truth,
    "dateTime": _time,
    "duration": _span,
}


def _typed(value: object) -> tuple[str, str]:
    """The type of a value and its text."""
    match value:
        case bool():
            return "boolean", str(value).lower()
        case Timestamp():
            return "dateTime", spans.instant_text(value)
        case int():
            return "int" if abs(value) <= _INT_MAX else "long", str(value)
        case float():
            return "double", repr(value)
        case Described():
            return "duration", spans.span_text(int(str(value.value)) // _TICKS)
    return "string", str(value)


def _values_markup(tag: str, values: Values) -> str:
    items = []
    for name, value in values:
        kind, text = _typed(value)
        told = markup.element("Value", markup.text(text), xmlns__d6p1=markup.SCHEMA, i__type=f"d6p1:{kind}")
        items.append(markup.element(_ITEM, markup.element("Key", markup.text(name)) + told))
    return markup.element(tag, "".join(items))


def _sql_markup(part: SqlFilter | Action) -> str:
    parts = (
        markup.element("SqlExpression", markup.text(part.expression)),
        markup.element("CompatibilityLevel", _LEVEL),
        _values_markup("Parameters", part.parameters),
    )
    return "".join(parts)


def _filter_markup(chosen: SqlFilter | CorrelationFilter) -> str:
    if isinstance(chosen, SqlFilter):
        kind = _CONSTANTS.get(chosen.expression.replace(" ", ""), "SqlFilter")
        return markup.element("Filter", _sql_markup(chosen), i__type=kind)
    system = dict(chosen.system)
    named = [
        markup.element(name, markup.text(system[name.lower()])) for name in CORRELATION_NAMES if name.lower() in system
    ]
    content = "".join((*named, _values_markup("Properties", chosen.user)))
    return markup.element("Filter", content, i__type="CorrelationFilter")
