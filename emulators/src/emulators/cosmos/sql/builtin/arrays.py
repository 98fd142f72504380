"""Functions of arrays and objects, and those that choose between values."""

from collections.abc import Callable, Sequence
from math import trunc
from statistics import median

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.builtin.function import Run, table
from emulators.cosmos.sql.values import UNDEFINED, Value, equal, identity, is_number, number, sort_key
from emulators.cosmos.sql.work import spend


def _contains(array: Value, wanted: Value, partial: Value = False) -> Value:  # noqa: FBT002 (the query language has it so)
    if not isinstance(array, list) or wanted is UNDEFINED:
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(
            isinstance(item, dict) and all(name in item and equal(item[name], value) for name, value in wanted.items())
            for item in array
        )
    return any(equal(item, wanted) for item in array)


def _contains_several(decide: Callable[[list[bool]], bool]) -> Run:
    def function(array: Value, *wanted: Value) -> Value:
        if not isinstance(array, list):
            return UNDEFINED
        return decide([any(equal(item, value) for item in array) for value in wanted])

    return function


def _length(array: Value) -> Value:
    return len(array) if isinstance(array, list) else UNDEFINED


def _slice(array: Value, start: Value, length: Value = None) -> Value:
    if not isinstance(array, list) or not is_number(start) or not (length is None or is_number(length)):
        return UNDEFINED
    begin = trunc(start) if start >= 0 else max(0, len(array) + trunc(start))
    return array[begin:] if length is None else array[begin : begin + max(0, trunc(length))]


def _concat(*arrays: Value) -> Value:
    found: list[JsonValue] = []
    for array in arrays:
        if not isinstance(array, list):
            return UNDEFINED
        spend(len(array) // 8)
        found += array
    return found


def _of_numbers(calculate: Callable[[Sequence[float]], float]) -> Run:
    def function(array: Value) -> Value:
        if not isinstance(array, list):
            return UNDEFINED
        numbers = [value for value in array if is_number(value)]
        return number(calculate(numbers)) if array and len(numbers) == len(array) else UNDEFINED

    return function


def _extreme(choose: Callable[..., Value]) -> Run:
    return lambda array: choose(array, key=sort_key, default=UNDEFINED) if isinstance(array, list) else UNDEFINED


def _sets(combine: Callable[[dict[object, JsonValue], dict[object, JsonValue]], Value]) -> Run:
    def function(left: Value, right: Value) -> Value:
        if not isinstance(left, list) or not isinstance(right, list):
            return UNDEFINED
        return combine(_distinct(left), _distinct(right))

    return function


def _distinct(values: list[JsonValue]) -> dict[object, JsonValue]:
    found: dict[object, JsonValue] = {}
    for value in values:
        found.setdefault(identity(value), value)
    return found


def _choose(place: Value, *options: Value) -> Value:
    if not is_number(place) or not 1 <= trunc(place) <= len(options):
        return UNDEFINED
    return options[trunc(place) - 1]


def _if(test: Value, yes: Value, no: Value) -> Value:
    return yes if test is True else no


def _to_array(value: Value, name: Value = "k", content: Value = "v") -> Value:
    if not isinstance(value, dict) or not isinstance(name, str) or not isinstance(content, str):
        return UNDEFINED
    return [{name: key, content: entry} for key, entry in value.items()]


ARRAY_FUNCTIONS = table(
    [
        ("ARRAY_CONTAINS", 2, 3, _contains),
        ("ARRAY_CONTAINS_ANY", 2, 200, _contains_several(any)),
        ("ARRAY_CONTAINS_ALL", 2, 200, _contains_several(all)),
        ("ARRAY_LENGTH", 1, 1, _length),
        ("ARRAY_SLICE", 2, 3, _slice),
        ("ARRAY_CONCAT", 2, 200, _concat),
        ("ARRAY_AVG", 1, 1, _of_numbers(lambda values: sum(values) / len(values))),
        ("ARRAY_SUM", 1, 1, _of_numbers(sum)),
        ("ARRAY_MEDIAN", 1, 1, _of_numbers(median)),
        ("ARRAY_MIN", 1, 1, _extreme(min)),
        ("ARRAY_MAX", 1, 1, _extreme(max)),
        ("SETINTERSECT", 2, 2, _sets(lambda left, right: [left[key] for key in left if key in right])),
        ("SETUNION", 2, 2, _sets(lambda left, right: [*{**left, **right}.values()])),
        ("SETDIFFERENCE", 2, 2, _sets(lambda left, right: [left[key] for key in left if key not in right])),
        ("SETEQUAL", 2, 2, _sets(lambda left, right: left.keys() == right.keys())),
        ("CHOOSE", 2, 200, _choose),
        ("IIF", 3, 3, _if),
        ("OBJECTTOARRAY", 1, 3, _to_array),
    ]
)
