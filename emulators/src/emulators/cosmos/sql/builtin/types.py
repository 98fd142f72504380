"""Functions that test the type of a value."""

from math import isfinite

from emulators.cosmos.sql.builtin.function import Run, table
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number


def _is_a(*types: type) -> Run:
    def test(value: Value) -> Value:
        return isinstance(value, types) and (bool in types or not isinstance(value, bool))

    return test


TYPE_FUNCTIONS = table(
    [
        ("IS_DEFINED", 1, 1, lambda value: value is not UNDEFINED),
        ("IS_NULL", 1, 1, lambda value: value is None),
        ("IS_BOOL", 1, 1, _is_a(bool)),
        ("IS_NUMBER", 1, 1, _is_a(int, float)),
        ("IS_FINITE_NUMBER", 1, 1, lambda value: is_number(value) and isfinite(value)),
        ("IS_INTEGER", 1, 1, lambda value: is_number(value) and float(value).is_integer() and abs(value) < 2**63),
        ("IS_STRING", 1, 1, _is_a(str)),
        ("IS_ARRAY", 1, 1, _is_a(list)),
        ("IS_OBJECT", 1, 1, _is_a(dict)),
        ("IS_PRIMITIVE", 1, 1, _is_a(bool, int, float, str, type(None))),
    ]
)
