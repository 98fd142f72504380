"""Functions of numbers: mathematics, and the arithmetic of 64-bit integers.

Where the service takes doubles only, an integer of any size stands for the double next to it.
"""

import math
import random
from collections.abc import Callable

from emulators.cosmos.sql.builtin.function import Run, of_numbers, table
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number, number

_LONG = 2**64


def rounded(value: float, digits: float = 0) -> float:
    """Round half away from zero, where Python takes the even neighbour."""
    scale = 10.0 ** int(digits)
    return math.copysign(math.floor(abs(value) * scale + 0.5), value) / scale


def _sign(value: float) -> float:
    return (value > 0) - (value < 0)


def _cotangent(value: float) -> float:
    return 1 / math.tan(value)


def _log(value: float, base: float = math.e) -> float:
    return math.log(value) if base == math.e else math.log(value, base)


def _bin(value: float, size: float = 1) -> float:
    return math.floor(value / size) * size


def _long(calculate: Callable[..., int]) -> Run:
    def function(*values: Value) -> Value:
        wholes = [int(value) for value in values if is_number(value) and float(value).is_integer()]
        if len(wholes) != len(values):
            return UNDEFINED
        try:
            result = calculate(*wholes)
        except (ArithmeticError, ValueError):
            return UNDEFINED
        return (result + _LONG // 2) % _LONG - _LONG // 2

    return function


def _divided(left: int, right: int) -> int:
    return int(math.copysign(1, left) * math.copysign(1, right)) * (abs(left) // abs(right))


def _random() -> Value:
    return number(random.random())


NUMBER_FUNCTIONS = table(
    [
        ("ABS", 1, 1, of_numbers(abs)),
        ("ACOS", 1, 1, of_numbers(math.acos)),
        ("ASIN", 1, 1, of_numbers(math.asin)),
        ("ATAN", 1, 1, of_numbers(math.atan)),
        ("ATN2", 2, 2, of_numbers(math.atan2)),
        ("CEILING", 1, 1, of_numbers(math.ceil)),
        ("COS", 1, 1, of_numbers(math.cos)),
        ("COT", 1, 1, of_numbers(_cotangent)),
        ("DEGREES", 1, 1, of_numbers(math.degrees)),
        ("EXP", 1, 1, of_numbers(math.exp)),
        ("FLOOR", 1, 1, of_numbers(math.floor)),
        ("LOG", 1, 2, of_numbers(_log)),
        ("LOG10", 1, 1, of_numbers(math.log10)),
        ("NUMBERBIN", 1, 2, of_numbers(_bin)),
        ("PI", 0, 0, lambda: math.pi),
        ("POWER", 2, 2, of_numbers(math.pow)),
        ("RADIANS", 1, 1, of_numbers(math.radians)),
        ("RAND", 0, 0, _random),
        ("ROUND", 1, 2, of_numbers(rounded)),
        ("SIGN", 1, 1, of_numbers(_sign)),
        ("SIN", 1, 1, of_numbers(math.sin)),
        ("SQRT", 1, 1, of_numbers(math.sqrt)),
        ("SQUARE", 1, 1, of_numbers(lambda value: value * value)),
        ("TAN", 1, 1, of_numbers(math.tan)),
        ("TRUNC", 1, 1, of_numbers(math.trunc)),
        ("INTADD", 2, 2, _long(lambda left, right: left + right)),
        ("INTSUB", 2, 2, _long(lambda left, right: left - right)),
        ("INTMUL", 2, 2, _long(lambda left, right: left * right)),
        ("INTDIV", 2, 2, _long(_divided)),
        ("INTMOD", 2, 2, _long(lambda left, right: left - _divided(left, right) * right)),
        ("INTBITAND", 2, 2, _long(lambda left, right: left & right)),
        ("INTBITOR", 2, 2, _long(lambda left, right: left | right)),
        ("INTBITXOR", 2, 2, _long(lambda left, right: left ^ right)),
        ("INTBITNOT", 1, 1, _long(lambda value: ~value)),
        ("INTBITLEFTSHIFT", 2, 2, _long(lambda value, places: value << (places & 63))),
        ("INTBITRIGHTSHIFT", 2, 2, _long(lambda value, places: value >> (places & 63))),
    ]
)
