"""What a built-in function is, and how a family of them is written down."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from emulators.cosmos.sql.values import UNDEFINED, Value, is_number, number

Run: TypeAlias = Callable[..., Value]


class Function(NamedTuple):
    """A built-in function, with the least and the most arguments that it takes."""

    low: int
    high: int
    run: Run


def table(entries: Sequence[tuple[str, int, int, Run]]) -> dict[str, Function]:
    """Return functions by name."""
    return {name: Function(low, high, run) for name, low, high, run in entries}


def of_text(change: Callable[[str], Value]) -> Run:
    """Make a function of one text."""
    return lambda value: change(value) if isinstance(value, str) else UNDEFINED


def of_numbers(change: Callable[..., float]) -> Run:
    """Make a function of numbers; one that has no result, such as a logarithm of 0, is undefined."""

    def function(*values: Value) -> Value:
        if not all(map(is_number, values)):
            return UNDEFINED
        try:
            result = change(*[float(value) for value in values])  # type: ignore[arg-type]  # numbers, see above
        except (ArithmeticError, ValueError):
            return UNDEFINED
        return number(result)

    return function
