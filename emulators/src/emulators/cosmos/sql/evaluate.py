"""The meaning of expressions over one document.

1. A property that is not there is `UNDEFINED`; an operator with an undefined operand is undefined, except OR and AND
   where the other operand decides, and a condition holds only if it is true.
2. `<` and its kin are undefined between different types; values of different types are never equal.
3. Types sort as undefined, null, false, true, numbers, text, arrays, objects.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import TypeAlias

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.ast import (
    Aggregate,
    And,
    ArrayOf,
    Between,
    Call,
    Comparison,
    In,
    Literal,
    Node,
    Not,
    ObjectOf,
    Or,
    Parameter,
    Path,
)


class Undefined(Enum):
    """The type of the value of what is not there."""

    UNDEFINED = "undefined"


UNDEFINED = Undefined.UNDEFINED
Value: TypeAlias = "JsonValue | Undefined"
Parameters: TypeAlias = Mapping[str, JsonValue]
Evaluator: TypeAlias = Callable[[JsonValue, Parameters], Value]

_ORDERINGS: dict[str, Callable[[object, object], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}  # type: ignore[dict-item]  # Of one type when compared.


def holds(condition: Node, document: JsonValue, parameters: Parameters) -> bool:
    """Is the condition true for the document?"""
    return evaluator(condition)(document, parameters) is True


def rank(value: Value) -> int:
    """Return the place of the value's type in the order of types."""
    match value:
        case Undefined():
            return 0
        case None:
            return 1
        case bool():
            return 3 if value else 2
        case int() | float():
            return 4
        case str():
            return 5
        case list():
            return 6
        case _:
            return 7


def sort_key(value: Value) -> tuple[int, str | int | float]:
    """Return a key that sorts values as the service does; arrays and objects among themselves are left unsorted."""
    place = rank(value)
    return (place, value) if place in {4, 5} else (place, 0)  # type: ignore[return-value]  # 4 and 5 are these.


def compare(operator: str, left: Value, right: Value) -> Value:
    """Apply a comparison operator."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if operator in {"=", "!="}:
        return _equal(left, right) is (operator == "=")
    if _comparable(left, right):
        return _ORDERINGS[operator](left, right)
    return UNDEFINED


@lru_cache(1024)
def _compiled(key: "_ByIdentity") -> Evaluator:
    return _compile(key.node)


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


def _compile(node: Node) -> Evaluator:
    match node:
        case Literal(value):
            return lambda _document, _parameters: value
        case Parameter(name):
            return lambda _document, parameters: _parameter(name, parameters)
        case Path(steps):
            return _path(steps)
        case Comparison(operator, left, right):
            first, second = _compile(left), _compile(right)
            return lambda document, parameters: compare(
                operator, first(document, parameters), second(document, parameters)
            )
        case Call(name, arguments):
            return _call(name, tuple(_compile(argument) for argument in arguments))
        case Aggregate(name):
            raise CosmosError(400, f"Syntax error: {name} is not allowed here, only in the SELECT clause.")
        case ArrayOf() | ObjectOf():
            return _constructor(node)
        case _:
            return _logic(node)


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


def _constructor(node: ArrayOf | ObjectOf) -> Evaluator:
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
    function = _FUNCTIONS[name]
    return lambda document, parameters: function(*[argument(document, parameters) for argument in arguments])


def _text_test(test: Callable[[str, str], bool]) -> Callable[..., Value]:
    def function(value: Value, part: Value, ignore_case: Value = False) -> Value:  # noqa: FBT002  An SQL argument.
        if not isinstance(value, str) or not isinstance(part, str):
            return UNDEFINED
        return test(value.casefold(), part.casefold()) if ignore_case is True else test(value, part)

    return function


def _array_contains(array: Value, wanted: Value, partial: Value = False) -> Value:  # noqa: FBT002  An SQL argument.
    if not isinstance(array, list) or wanted is UNDEFINED:
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(
            isinstance(item, dict) and all(name in item and _equal(item[name], value) for name, value in wanted.items())
            for item in array
        )
    return any(_equal(item, wanted) for item in array)


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "IS_DEFINED": lambda value: value is not UNDEFINED,
    "IS_NULL": lambda value: value is None,
    "STARTSWITH": _text_test(str.startswith),
    "ENDSWITH": _text_test(str.endswith),
    "CONTAINS": _text_test(lambda value, part: part in value),
    "ARRAY_CONTAINS": _array_contains,
}


def _comparable(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str)
    return isinstance(left, int | float) and isinstance(right, int | float)


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_equal(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(value, right[name]) for name, value in left.items())
    return left == right
