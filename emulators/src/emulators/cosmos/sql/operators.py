"""The operators that calculate: arithmetic, bits, concatenation, LIKE.

An operand of the wrong type, or an undefined one, makes the result undefined.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from math import fmod

from emulators.cosmos.sql.values import UNDEFINED, Value, is_number, number
from emulators.cosmos.sql.work import spend_text
from emulators.patterns import ANY_ONE, ANY_RUN, Pattern, compiled, escaped

_INT = 2**32


def calculate(operator: str, left: Value, right: Value) -> Value:
    """Apply one of `+ - * / %` to numbers, `& | ^ << >> >>>` to integers of 32 bits, or `||` to texts."""
    if operator == "||":
        return _put_together(left, right)
    if not is_number(left) or not is_number(right):
        return UNDEFINED
    if operator in _BITS:
        whole = float(left).is_integer() and float(right).is_integer()
        return _signed(_BITS[operator](int(left) % _INT, int(right) % _INT), operator) if whole else UNDEFINED
    try:
        return number(_ARITHMETIC[operator](float(left), float(right)))
    except (ZeroDivisionError, OverflowError, ValueError):
        return UNDEFINED


def _put_together(left: Value, right: Value) -> Value:
    if not isinstance(left, str) or not isinstance(right, str):
        return UNDEFINED
    spend_text(len(left) + len(right))
    return left + right


def _signed(value: int, operator: str) -> int:
    return value % _INT if operator == ">>>" else (value + _INT // 2) % _INT - _INT // 2


def is_like(value: Value, pattern: Value, escape: Value) -> Value:
    """Does a text match a pattern with `%`, `_`, `[a-z]` and `[^a-z]`?"""
    if not isinstance(value, str) or not isinstance(pattern, str) or not isinstance(escape, str):
        return UNDEFINED
    form = _like(pattern, escape)
    return UNDEFINED if form is None else form.fullmatch(value) is not None


@lru_cache(256)
def _like(pattern: str, escape: str) -> Pattern | None:
    found: list[str] = []
    at = 0
    while at < len(pattern):
        part = _LIKE_SET.match(pattern, at)
        if escape and pattern[at] == escape and at + 1 < len(pattern):
            at += 1
            found.append(escaped(pattern[at]))
        elif part is not None:
            characters = escaped(part[2]).replace("\\-", "-")
            found.append(f"[{part[1]}{characters}]")
            at = part.end() - 1
        else:
            found.append(_LIKE_SIGNS.get(pattern[at]) or escaped(pattern[at]))
        at += 1
    return compiled("".join(found))


_LIKE_SIGNS = {"%": ANY_RUN, "_": ANY_ONE}
_LIKE_SET = re.compile(r"\[(\^?)([^\]]+)\]")
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": fmod,
}
_BITS: dict[str, Callable[[int, int], int]] = {
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    "<<": lambda left, right: left << right % 32,
    ">>": lambda left, right: (left if left < _INT // 2 else left - _INT) >> right % 32,
    ">>>": lambda left, right: left >> right % 32,
}
