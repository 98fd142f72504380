"""Rules over the management node of a subscription: add, remove, enumerate.

Bodies are maps; rules in a response are described lists with the codes of the service.
"""

from emulators.servicebus.amqp.values import Described
from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.broker.rules.rule import EVERYTHING, Action, CorrelationFilter, Rule, SqlFilter

RULE, NO_ACTION, SQL_ACTION = 0x13700000004, 0x13700000005, 0x13700000006
# The codes of filters have a digit less.
SQL, ALL, NONE, CORRELATION = 0x1370000006, 0x1370000007, 0x1370000008, 0x1370000009
_NOTHING = "1=0"
_WIRE_NAMES = (
    "correlation-id",
    "message-id",
    "to",
    "reply-to",
    "label",
    "session-id",
    "reply-to-session-id",
    "content-type",
)
_JSON_TYPES = (str, int, float, bool)

Map = dict[object, object]


def rule_name(body: Map) -> str:
    """The rule that a request names."""
    name = body.get("rule-name")
    if not isinstance(name, str) or not name:
        raise InvalidArgument(f"'rule-name' must be a text, found {name!r}.")
    return name


def rule_in(body: Map) -> Rule:
    """The rule that a request describes; raises `InvalidArgument`."""
    description = _map(body, "rule-description")
    action = description.get("sql-rule-action")
    return Rule(
        rule_name(body),
        _filter(description),
        Action(_expression(description, "sql-rule-action")) if isinstance(action, dict) and action else None,
    )


def described(rule: Rule) -> Described:
    """A rule as a response tells it."""
    action = Described(NO_ACTION, []) if rule.action is None else Described(SQL_ACTION, [rule.action.expression])
    return Described(RULE, [_described_filter(rule.filter), action, rule.name])


def _filter(description: Map) -> SqlFilter | CorrelationFilter:
    if "correlation-filter" not in description:
        return SqlFilter(_expression(description, "sql-filter"))
    entry = _map(description, "correlation-filter")
    system = [(name.replace("-", ""), str(entry[name])) for name in _WIRE_NAMES if entry.get(name) is not None]
    user = entry.get("properties")
    named = list(user.items()) if isinstance(user, dict) else []
    for name, value in named:
        if not isinstance(value, _JSON_TYPES):
            raise InvalidArgument(f"Property '{name}' must be a text, number or truth value, found {value!r}.")
    if not system and not named:
        raise InvalidArgument("A correlation filter must name at least one property to compare.")
    return CorrelationFilter(tuple(system), tuple((str(name), value) for name, value in named))


def _expression(parent: Map, name: str) -> str:
    text = _map(parent, name).get("expression")
    if not isinstance(text, str) or not text:
        raise InvalidArgument(f"'{name}' must have a text as its 'expression', found {text!r}.")
    return text


def _map(parent: Map, name: str) -> Map:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise InvalidArgument(f"'{name}' must be a map, found {value!r}.")
    return value


def _described_filter(each: SqlFilter | CorrelationFilter) -> Described:
    if isinstance(each, CorrelationFilter):
        system = dict(each.system)
        texts = [system.get(name.replace("-", "")) for name in _WIRE_NAMES]
        return Described(CORRELATION, [*texts, dict(each.user)])
    compact = each.expression.replace(" ", "")
    constant = {EVERYTHING: ALL, _NOTHING: NONE}.get(compact)
    return Described(SQL, [each.expression]) if constant is None else Described(constant, [])
