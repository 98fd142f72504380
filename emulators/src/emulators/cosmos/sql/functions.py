"""The built-in functions and the operators of calculation, over values.

1. An argument of the wrong type, or an undefined one, makes the result undefined; tests of a type (IS_...) are never
   undefined.
2. Names are held in upper case; whoever asks for a function may write it in any.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil, copysign, floor, fmod, trunc
from typing import NamedTuple, TypeAlias

from emulators.cosmos.jsonvalue import JsonValue, encode
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, equal, is_number, number

Calculation: TypeAlias = Callable[..., Value]


class Function(NamedTuple):
    """A built-in function, with the least and the most arguments that it takes."""

    low: int
    high: int
    run: Calculation


def calculate(operator: str, left: Value, right: Value) -> Value:
    """Apply one of `+ - * / %` to numbers, or `||` to texts."""
    if operator == "||":
        return left + right if isinstance(left, str) and isinstance(right, str) else UNDEFINED
    if not is_number(left) or not is_number(right):
        return UNDEFINED
    try:
        return number(_ARITHMETIC[operator](float(left), float(right)))
    except (ZeroDivisionError, OverflowError, ValueError):
        return UNDEFINED


def is_like(value: Value, pattern: Value, escape: Value) -> Value:
    """Does a text match a pattern with `%`, `_`, `[a-z]` and `[^a-z]`?"""
    if not isinstance(value, str) or not isinstance(pattern, str) or not isinstance(escape, str):
        return UNDEFINED
    return _like(pattern, escape).fullmatch(value) is not None


@lru_cache(256)
def _like(pattern: str, escape: str) -> re.Pattern[str]:
    found: list[str] = []
    at = 0
    while at < len(pattern):
        part = _LIKE_SET.match(pattern, at)
        if escape and pattern[at] == escape and at + 1 < len(pattern):
            at += 1
            found.append(re.escape(pattern[at]))
        elif part is not None:
            characters = re.escape(part[2]).replace("\\-", "-")
            found.append(f"[{part[1]}{characters}]")
            at = part.end() - 1
        else:
            found.append(_LIKE_SIGNS.get(pattern[at]) or re.escape(pattern[at]))
        at += 1
    return re.compile("".join(found), re.DOTALL)


_LIKE_SIGNS = {"%": ".*", "_": "."}
_LIKE_SET = re.compile(r"\[(\^?)([^\]]+)\]")
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": fmod,
}


def _text_test(test: Callable[[str, str], bool]) -> Calculation:
    def function(value: Value, part: Value, ignore_case: Value = False) -> Value:  # noqa: FBT002 (the query language has it so)
        if not isinstance(value, str) or not isinstance(part, str):
            return UNDEFINED
        return test(value.casefold(), part.casefold()) if ignore_case is True else test(value, part)

    return function


def _of_text(change: Callable[[str], Value]) -> Calculation:
    return lambda value: change(value) if isinstance(value, str) else UNDEFINED


def _of_number(change: Callable[[float], float]) -> Calculation:
    return lambda value: number(change(value)) if is_number(value) else UNDEFINED


def _array_contains(array: Value, wanted: Value, partial: Value = False) -> Value:  # noqa: FBT002 (the query language has it so)
    if not isinstance(array, list) or wanted is UNDEFINED:
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(
            isinstance(item, dict) and all(name in item and equal(item[name], value) for name, value in wanted.items())
            for item in array
        )
    return any(equal(item, wanted) for item in array)


def _array_length(array: Value) -> Value:
    return len(array) if isinstance(array, list) else UNDEFINED


def _array_slice(array: Value, start: Value, length: Value = None) -> Value:
    if not isinstance(array, list) or not is_number(start) or not (length is None or is_number(length)):
        return UNDEFINED
    begin = trunc(start) if start >= 0 else max(0, len(array) + trunc(start))
    return array[begin:] if length is None else array[begin : begin + max(0, trunc(length))]


def _array_concat(*arrays: Value) -> Value:
    found: list[JsonValue] = []
    for array in arrays:
        if not isinstance(array, list):
            return UNDEFINED
        found += array
    return found


def _substring(value: Value, start: Value, length: Value) -> Value:
    if not isinstance(value, str) or not is_number(start) or not is_number(length):
        return UNDEFINED
    begin = max(0, trunc(start))
    return value[begin : begin + max(0, trunc(length))]


def _left(value: Value, length: Value) -> Value:
    return _substring(value, 0, length)


def _right(value: Value, length: Value) -> Value:
    if not isinstance(value, str) or not is_number(length):
        return UNDEFINED
    return value[len(value) - min(len(value), max(0, trunc(length))) :]


def _index_of(value: Value, part: Value, start: Value = 0) -> Value:
    if not isinstance(value, str) or not isinstance(part, str) or not is_number(start):
        return UNDEFINED
    return value.find(part, max(0, trunc(start)))


def _replace(value: Value, old: Value, new: Value) -> Value:
    if not isinstance(value, str) or not isinstance(old, str) or not isinstance(new, str):
        return UNDEFINED
    return value.replace(old, new) if old else value


def _concat(*parts: Value) -> Value:
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else UNDEFINED


def _to_string(value: Value) -> Value:
    if isinstance(value, Undefined | str):
        return value
    return encode(value).decode()


def _round(value: float) -> float:
    # Away from zero at the middle, where Python takes the even neighbour.
    return copysign(floor(abs(value) + 0.5), value)


def _is_a(*types: type) -> Calculation:
    def test(value: Value) -> Value:
        return isinstance(value, types) and (bool in types or not isinstance(value, bool))

    return test


def _table(entries: Sequence[tuple[str, int, int, Calculation]]) -> dict[str, Function]:
    return {name: Function(low, high, run) for name, low, high, run in entries}


FUNCTIONS = _table(
    [
        ("IS_DEFINED", 1, 1, lambda value: value is not UNDEFINED),
        ("IS_NULL", 1, 1, lambda value: value is None),
        ("IS_BOOL", 1, 1, _is_a(bool)),
        ("IS_NUMBER", 1, 1, _is_a(int, float)),
        ("IS_STRING", 1, 1, _is_a(str)),
        ("IS_ARRAY", 1, 1, _is_a(list)),
        ("IS_OBJECT", 1, 1, _is_a(dict)),
        ("IS_PRIMITIVE", 1, 1, _is_a(bool, int, float, str, type(None))),
        ("STARTSWITH", 2, 3, _text_test(str.startswith)),
        ("ENDSWITH", 2, 3, _text_test(str.endswith)),
        ("CONTAINS", 2, 3, _text_test(lambda value, part: part in value)),
        ("STRINGEQUALS", 2, 3, _text_test(lambda value, part: part == value)),
        ("LOWER", 1, 1, _of_text(str.lower)),
        ("UPPER", 1, 1, _of_text(str.upper)),
        ("TRIM", 1, 1, _of_text(str.strip)),
        ("LENGTH", 1, 1, _of_text(len)),
        ("SUBSTRING", 3, 3, _substring),
        ("LEFT", 2, 2, _left),
        ("RIGHT", 2, 2, _right),
        ("INDEX_OF", 2, 3, _index_of),
        ("REPLACE", 3, 3, _replace),
        ("CONCAT", 2, 200, _concat),
        ("TOSTRING", 1, 1, _to_string),
        ("ABS", 1, 1, _of_number(abs)),
        ("ROUND", 1, 1, _of_number(_round)),
        ("FLOOR", 1, 1, _of_number(floor)),
        ("CEILING", 1, 1, _of_number(ceil)),
        ("ARRAY_CONTAINS", 2, 3, _array_contains),
        ("ARRAY_LENGTH", 1, 1, _array_length),
        ("ARRAY_SLICE", 2, 3, _array_slice),
        ("ARRAY_CONCAT", 2, 200, _array_concat),
    ]
)
