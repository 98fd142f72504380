"""What the operators do with values; None stands for unknown.

Values of different kinds can't be compared: the answer is unknown. Integers divide like those of C#, towards zero, and
what does not fit into 64 bits is unknown.
"""

import math
import operator
from collections.abc import Callable
from functools import lru_cache

from emulators.patterns import ANY_ONE, ANY_RUN, Pattern, compiled, escaped

Value = object


class EvaluationFault(Exception):
    """An expression makes no sense for a message; the text says why."""


LONG_MAX = 2**63 - 1


def truth(value: Value) -> bool | None:
    """A value as a condition: what is neither true nor false is unknown."""
    return value if isinstance(value, bool) else None


def negation(value: Value) -> bool | None:
    """Unknown stays unknown."""
    known = truth(value)
    return None if known is None else not known


def conjunction(left: Value, right: Value) -> bool | None:
    """False if one side is, whatever the other."""
    known = {truth(left), truth(right)}
    return False if False in known else None if None in known else True


def disjunction(left: Value, right: Value) -> bool | None:
    """True if one side is, whatever the other."""
    known = {truth(left), truth(right)}
    return True if True in known else None if None in known else False


def _kind(value: Value) -> type:
    for kind in (bool, int, float, str, bytes):
        if isinstance(value, kind):
            return float if kind is int else kind
    return type(value)


def _comparison(compare: Callable[..., bool]) -> Callable[[Value, Value], bool | None]:
    def apply(left: Value, right: Value) -> bool | None:
        if left is None or right is None or _kind(left) is not _kind(right):
            return None
        try:
            return compare(left, right)
        except TypeError:
            # There is no order among such values.
            return None

    return apply


def _calculation(calculate: Callable[..., Value]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if _kind(left) is float and _kind(right) is float:
            try:
                return _bounded(calculate(left, right))
            except ZeroDivisionError as cause:
                raise EvaluationFault("Attempted to divide by zero.") from cause
            except OverflowError:
                return None
        return None

    return apply


def _bounded(value: Value) -> Value:
    return None if isinstance(value, int) and not -LONG_MAX <= value <= LONG_MAX else value


def _quotient(left: int | float, right: int | float) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) is (right < 0) else -quotient
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


def _remainder(left: int | float, right: int | float) -> Value:
    if right == 0 and not (isinstance(left, int) and isinstance(right, int)):
        return math.nan
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


_add_numbers = _calculation(operator.add)


def _sum(left: Value, right: Value) -> Value:
    return left + right if isinstance(left, str) and isinstance(right, str) else _add_numbers(left, right)


equal = _comparison(operator.eq)
COMPARISONS: dict[str, Callable[[Value, Value], bool | None]] = {
    "=": equal,
    "<>": _comparison(operator.ne),
    "!=": _comparison(operator.ne),
    "<": _comparison(operator.lt),
    "<=": _comparison(operator.le),
    ">": _comparison(operator.gt),
    ">=": _comparison(operator.ge),
}
SUMS: dict[str, Callable[[Value, Value], Value]] = {"+": _sum, "-": _calculation(operator.sub)}
PRODUCTS: dict[str, Callable[[Value, Value], Value]] = {
    "*": _calculation(operator.mul),
    "/": _calculation(_quotient),
    "%": _calculation(_remainder),
}


def member(value: Value, candidates: list[Value]) -> bool | None:
    """Whether a value is one of many; unknown if it might be an unknown one."""
    answers = [equal(value, candidate) for candidate in candidates]
    return True if True in answers else None if value is None or None in candidates else False


def like(value: Value, pattern: Value, escape: Value) -> bool | None:
    """Whether a text has the form of a pattern: `%` stands for any characters, `_` for one."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return None
    form = _form(pattern, escape if isinstance(escape, str) else "")
    return None if form is None else form.fullmatch(value) is not None


_WILDCARDS = {"%": ANY_RUN, "_": ANY_ONE}


@lru_cache(maxsize=256)
def _form(pattern: str, escape: str) -> Pattern | None:
    parts = []
    literally = False
    for character in pattern:
        if literally or character not in {"%", "_", escape}:
            parts.append(escaped(character))
            literally = False
        elif character == escape:
            literally = True
        else:
            parts.append(_WILDCARDS[character])
    return compiled("".join(parts))
