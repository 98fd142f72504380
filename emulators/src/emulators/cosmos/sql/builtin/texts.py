"""Functions of texts, and conversions from and to them."""

import re
from collections.abc import Callable
from math import trunc

import orjson

from emulators.cosmos.jsonvalue import JsonValue, encode
from emulators.cosmos.sql.builtin.function import Run, of_text, table
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, is_number
from emulators.cosmos.sql.work import spend_text
from emulators.patterns import compiled

_REPLICATED_MAX = 10_000
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def _text_test(test: Callable[[str, str], bool]) -> Run:
    def function(value: Value, part: Value, ignore_case: Value = False) -> Value:  # noqa: FBT002 (the query language has it so)
        if not isinstance(value, str) or not isinstance(part, str):
            return UNDEFINED
        return test(value.casefold(), part.casefold()) if ignore_case is True else test(value, part)

    return function


def _of_two(change: Callable[[str, str], Value]) -> Run:
    def function(value: Value, part: Value) -> Value:
        return change(value, part) if isinstance(value, str) and isinstance(part, str) else UNDEFINED

    return function


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
    if not old:
        return value
    spend_text(len(value) + max(0, len(new) - len(old)) * (len(value) // len(old)))
    return value.replace(old, new)


def _replicate(value: Value, times: Value) -> Value:
    if not isinstance(value, str) or not is_number(times) or not 0 <= times * len(value) <= _REPLICATED_MAX:
        return UNDEFINED
    return value * trunc(times)


def _concat(*parts: Value) -> Value:
    texts = [part for part in parts if isinstance(part, str)]
    spend_text(sum(map(len, texts)))
    return "".join(texts) if len(texts) == len(parts) else UNDEFINED


def _join(parts: Value, separator: Value) -> Value:
    if not isinstance(parts, list) or not isinstance(separator, str):
        return UNDEFINED
    texts = [part for part in parts if isinstance(part, str)]
    spend_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts) if len(texts) == len(parts) else UNDEFINED


def _split(value: str, separator: str) -> Value:
    return [*(value.split(separator) if separator else value)]


def _matches(value: Value, pattern: Value, modifiers: Value = "") -> Value:
    if not isinstance(value, str) or not isinstance(pattern, str) or not isinstance(modifiers, str):
        return UNDEFINED
    form = compiled(pattern, modifiers)
    return UNDEFINED if form is None else form.search(value) is not None


def _to_string(value: Value) -> Value:
    if isinstance(value, Undefined | str):
        return value
    return encode(value).decode()


def _to_number(text: str) -> Value:
    if _NUMBER.fullmatch(text) is None:
        return UNDEFINED
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _parsed(*types: type) -> Run:
    def parse(text: str) -> Value:
        try:
            value: JsonValue = orjson.loads(text)
        except orjson.JSONDecodeError:
            return UNDEFINED
        return value if isinstance(value, types) else UNDEFINED

    return of_text(parse)


TEXT_FUNCTIONS = table(
    [
        ("STARTSWITH", 2, 3, _text_test(str.startswith)),
        ("ENDSWITH", 2, 3, _text_test(str.endswith)),
        ("CONTAINS", 2, 3, _text_test(lambda value, part: part in value)),
        ("STRINGEQUALS", 2, 3, _text_test(lambda value, part: part == value)),
        ("LOWER", 1, 1, of_text(str.lower)),
        ("UPPER", 1, 1, of_text(str.upper)),
        ("TRIM", 1, 1, of_text(str.strip)),
        ("LTRIM", 1, 1, of_text(str.lstrip)),
        ("RTRIM", 1, 1, of_text(str.rstrip)),
        ("LENGTH", 1, 1, of_text(len)),
        ("REVERSE", 1, 1, of_text(lambda value: value[::-1])),
        ("REPLICATE", 2, 2, _replicate),
        ("SUBSTRING", 3, 3, _substring),
        ("LEFT", 2, 2, _left),
        ("RIGHT", 2, 2, _right),
        ("INDEX_OF", 2, 3, _index_of),
        ("LASTINDEXOF", 2, 2, _of_two(lambda value, part: value.rfind(part))),
        ("REPLACE", 3, 3, _replace),
        ("CONCAT", 2, 200, _concat),
        ("STRINGJOIN", 2, 2, _join),
        ("STRINGSPLIT", 2, 2, _of_two(_split)),
        ("REGEXMATCH", 2, 3, _matches),
        ("TOSTRING", 1, 1, _to_string),
        ("STRINGTOARRAY", 1, 1, _parsed(list)),
        ("STRINGTOBOOLEAN", 1, 1, _parsed(bool)),
        ("STRINGTONULL", 1, 1, _parsed(type(None))),
        ("STRINGTONUMBER", 1, 1, of_text(_to_number)),
        ("STRINGTOOBJECT", 1, 1, _parsed(dict)),
    ]
)
