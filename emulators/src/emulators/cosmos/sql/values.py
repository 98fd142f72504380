"""Values as queries see them: undefined beside JSON, their order, and when two are the same.

1. Types sort as undefined, null, false, true, numbers, text, arrays, objects.
2. `<` and its kin are undefined between different types; values of different types are never equal.
3. Numbers are those of IEEE 754: a result that is whole is written as such, one that is not finite is undefined.
"""

from collections.abc import Callable, Hashable
from enum import Enum
from math import isfinite
from operator import ge, gt, le, lt
from typing import TypeAlias, TypeGuard

from emulators.cosmos.jsonvalue import JsonValue


class Undefined(Enum):
    """The type of the value of what is not there."""

    UNDEFINED = "undefined"


UNDEFINED = Undefined.UNDEFINED
Value: TypeAlias = "JsonValue | Undefined"

_ORDERINGS: dict[str, Callable[[object, object], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}  # type: ignore[dict-item]  # of one kind
_WHOLE_MAX = 2**53


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
    return (place, value) if place in {4, 5} else (place, 0)  # type: ignore[return-value]  # ordered by place


def identity(value: Value) -> Hashable:
    """Return something that is equal for equal values and for no others."""
    match value:
        case list():
            return (6, tuple(identity(item) for item in value))
        case dict():
            return (7, frozenset((name, identity(item)) for name, item in value.items()))
        case _:
            return sort_key(value)


def compare(operator: str, left: Value, right: Value) -> Value:
    """Apply a comparison operator."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if operator in {"=", "!="}:
        return equal(left, right) is (operator == "=")
    if _comparable(left, right):
        return _ORDERINGS[operator](left, right)
    return UNDEFINED


def equal(left: Value, right: Value) -> bool:
    """Are two values the same?"""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())
    return left == right


def is_number(value: Value) -> TypeGuard[int | float]:
    """Is it a number, which a boolean is not?"""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: float) -> Value:
    """Return the result of a calculation (rule 3)."""
    if not isfinite(value):
        return UNDEFINED
    return int(value) if abs(value) < _WHOLE_MAX and value == int(value) else value


def _comparable(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str)
    return isinstance(left, int | float) and isinstance(right, int | float)
