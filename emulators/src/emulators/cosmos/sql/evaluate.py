"""The meaning of expressions over one document.

1. A property that is not there is `UNDEFINED`; an operator with an undefined operand is undefined, except OR and AND
   where the other operand decides, and a condition holds only if it is true.
2. What the endpoint binds by name (`Variable`) is found among the parameters, whose own names begin with `@`.
"""

from collections.abc import Callable

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.ast import (
    Aggregate,
    And,
    ArrayOf,
    Between,
    Calculation,
    Call,
    Coalesced,
    Comparison,
    Conditional,
    In,
    Like,
    Literal,
    Member,
    Node,
    Not,
    ObjectOf,
    Or,
    Parameter,
    Path,
    Subquery,
    Variable,
)
from emulators.cosmos.sql.builtin import FUNCTIONS
from emulators.cosmos.sql.evaluation import Evaluator, Parameters
from emulators.cosmos.sql.kept import Kept
from emulators.cosmos.sql.operators import calculate, is_like
from emulators.cosmos.sql.subqueries import compiled_subquery
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, compare

_NODES_KEPT_MAX = 200_000
_INTEGER_MAX = 2**63 - 1
_FIXED_WEIGHT = 20


def holds(condition: Node, document: JsonValue, parameters: Parameters) -> bool:
    """Is the condition true for the document?"""
    return evaluator(condition)(document, parameters) is True


def evaluator(node: Node) -> Evaluator:
    """Turn an expression into a function; nodes of cached queries are turned once."""
    return _compiled(_ByIdentity(node))


class _ByIdentity:
    """A node as a cache key: by identity, since equal constants of different types (1, 1.0, true) hash alike."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def __hash__(self) -> int:
        return id(self.node)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.node is self.node


_made = [0]


def _weighed(key: _ByIdentity) -> tuple[Evaluator, int]:
    before = _made[0]
    return _compile(key.node), _made[0] - before + _FIXED_WEIGHT


_compiled = Kept(_weighed, _NODES_KEPT_MAX)


def _compile(node: Node) -> Evaluator:
    _made[0] += 1
    match node:
        case Literal() | Parameter() | Path() | Variable() | Aggregate():
            return _leaf(node)
        case Comparison(operator, left, right):
            return _binary(operator, compare, left, right)
        case Calculation(operator, left, right):
            return _binary(operator, calculate, left, right)
        case Call(name, arguments):
            return _call(name, tuple(_compile(argument) for argument in arguments))
        case ArrayOf() | ObjectOf() | Subquery():
            return _constructor(node)
        case Member() | Like() | Conditional() | Coalesced():
            return _choice(node)
        case _:
            return _logic(node)


def _leaf(node: Literal | Parameter | Path | Variable | Aggregate) -> Evaluator:
    match node:
        case Literal(value):
            return lambda _document, _parameters: value
        case Parameter(name):
            return lambda _document, parameters: _parameter(name, parameters)
        case Path(steps):
            return _path(steps)
        case Variable(name):
            return lambda _document, parameters: parameters.get(name, UNDEFINED)
        case Aggregate(name):
            raise CosmosError(400, f"Syntax error: {name} is not allowed here, only in the SELECT clause.")


def _binary(operator: str, apply: Callable[[str, Value, Value], Value], left: Node, right: Node) -> Evaluator:
    first, second = _compile(left), _compile(right)
    return lambda document, parameters: apply(operator, first(document, parameters), second(document, parameters))


def _choice(node: Member | Like | Conditional | Coalesced) -> Evaluator:
    match node:
        case Member(source, key):
            whole, name = _compile(source), _compile(key)
            return lambda document, parameters: _member(whole(document, parameters), name(document, parameters))
        case Like(value, pattern, escape):
            parts = tuple(_compile(part) for part in (value, pattern, escape))
            return lambda document, parameters: is_like(*[part(document, parameters) for part in parts])
        case Conditional(test, yes, no):
            condition, first, second = _compile(test), _compile(yes), _compile(no)
            return lambda document, parameters: (first if condition(document, parameters) is True else second)(
                document, parameters
            )
        case Coalesced(left, right):
            one, other = _compile(left), _compile(right)

            def coalesced(document: JsonValue, parameters: Parameters) -> Value:
                found = one(document, parameters)
                return other(document, parameters) if found is UNDEFINED else found

            return coalesced


def _logic(node: Not | And | Or | In | Between) -> Evaluator:
    match node:
        case Not(operand):
            inner = _compile(operand)
            return lambda document, parameters: _negated(inner(document, parameters))
        case And(operands) | Or(operands):
            inners = tuple(_compile(operand) for operand in operands)
            decisive = isinstance(node, Or)
            return lambda document, parameters: _joined(inners, decisive, document, parameters)
        case In(value, options):
            return _compile(Or(tuple(Comparison("=", value, option) for option in options)))
        case Between(value, low, high):
            return _compile(And((Comparison(">=", value, low), Comparison("<=", value, high))))


def _joined(
    inners: tuple[Evaluator, ...],
    decisive: bool,  # noqa: FBT001  The value that decides, not an option.
    document: JsonValue,
    parameters: Parameters,
) -> Value:
    result: Value = not decisive
    for inner in inners:
        value = inner(document, parameters)
        if value is decisive:
            return decisive
        if not isinstance(value, bool):
            result = UNDEFINED
    return result


def _negated(value: Value) -> Value:
    return not value if isinstance(value, bool) else UNDEFINED


def _parameter(name: str, parameters: Parameters) -> JsonValue:
    try:
        return parameters[name]
    except KeyError:
        raise CosmosError(400, f"The query uses parameter '{name}', which is not among its parameters.") from None


def _path(steps: tuple[str | int, ...]) -> Evaluator:
    def read(document: JsonValue, _parameters: Parameters) -> Value:
        value: Value = document
        for step in steps:
            value = _step(value, step)
        return value

    return read


def _step(value: Value, step: str | int) -> Value:
    if isinstance(step, str):
        return value.get(step, UNDEFINED) if isinstance(value, dict) else UNDEFINED
    return value[step] if isinstance(value, list) and step < len(value) else UNDEFINED


def _member(value: Value, key: Value) -> Value:
    if isinstance(key, bool) or not isinstance(key, str | int) or (isinstance(key, int) and key < 0):
        return UNDEFINED
    return _step(value, key)


def _constructor(node: ArrayOf | ObjectOf | Subquery) -> Evaluator:
    if isinstance(node, Subquery):
        return compiled_subquery(node, evaluator)
    if isinstance(node, ArrayOf):
        items = tuple(_compile(item) for item in node.items)

        def array(document: JsonValue, parameters: Parameters) -> Value:
            values = [item(document, parameters) for item in items]
            return [value for value in values if not isinstance(value, Undefined)]

        return array
    entries = tuple((name, _compile(value)) for name, value in node.entries)

    def mapping(document: JsonValue, parameters: Parameters) -> Value:
        values = [(name, value(document, parameters)) for name, value in entries]
        return {name: value for name, value in values if not isinstance(value, Undefined)}

    return mapping


def _call(name: str, arguments: tuple[Evaluator, ...]) -> Evaluator:
    function = FUNCTIONS[name].run

    def called(document: JsonValue, parameters: Parameters) -> Value:
        given = [argument(document, parameters) for argument in arguments]
        try:
            value = function(*given)
        except (OverflowError, ValueError):  # What can't be calculated is undefined.
            return UNDEFINED
        return float(value) if type(value) is int and not -_INTEGER_MAX <= value <= _INTEGER_MAX else value

    return called
