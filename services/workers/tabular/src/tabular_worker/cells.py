"""Values of JSON as Arrow arrays of a given type, strictly: a number is no text, a truth value no number.

1. What JSON has no word for travels as text: dates and points in time in ISO 8601, bytes in base64, decimals in digits.
2. Nothing is rounded or cut: what the type can't hold exactly is unfit. Floats alone may be the nearest ones.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from math import isinf

import pyarrow as pa

EXACT_DIGITS_MAX = 15
_NOTHING = type(None)
Values = Sequence[object]


class Unfit(Exception):
    """A value does not fit its type; the message says why, if there is more to say."""


def array_of(values: Values, type_: pa.DataType) -> pa.Array:
    """Give an array of values, `None` where there is none.

    Raises:
        Unfit: or one of Arrow's errors: a value does not fit.
    """
    if pa.types.is_struct(type_):
        return _structs(values, type_)
    if pa.types.is_list(type_):
        return _lists(values, type_)
    taken, build = _leaf(type_)
    _require(values, taken)
    return build(values, type_)


def check_filled(values: Values, field: pa.Field) -> None:
    """Look whether a field that must have a value has one.

    Raises:
        Unfit: it has not.
    """
    if not field.nullable and None in values:
        raise Unfit(f"field {field.name!r} must have a value")


def _require(values: Values, taken: set[type]) -> None:
    if not set(map(type, values)) <= taken | {_NOTHING}:
        raise Unfit


def _structs(values: Values, type_: pa.StructType) -> pa.Array:
    _require(values, {dict})
    fields = [type_.field(index) for index in range(type_.num_fields)]
    known = {field.name for field in fields}
    rows = [value for value in values if isinstance(value, dict)]
    if any(not row.keys() <= known for row in rows):
        raise Unfit("it has fields that the type lacks")
    children = []
    for field in fields:
        check_filled([row.get(field.name) for row in rows], field)
        found = [value.get(field.name) if isinstance(value, dict) else None for value in values]
        children.append(array_of(found, field.type))
    missing = pa.array([value is None for value in values], pa.bool_())
    return pa.StructArray.from_arrays(children, fields=fields, mask=missing)


def _lists(values: Values, type_: pa.ListType) -> pa.Array:
    _require(values, {list})
    offsets: list[int | None] = []
    items: list[object] = []
    for value in values:
        offsets.append(len(items) if value is not None else None)
        if isinstance(value, list):
            items += value
    check_filled(items, type_.value_field)
    return pa.ListArray.from_arrays(
        pa.array([*offsets, len(items)], pa.int32()), array_of(items, type_.value_type), type=type_
    )


def _leaf(type_: pa.DataType) -> tuple[set[type], Callable[[Values, pa.DataType], pa.Array]]:
    for is_such, taken, build in _LEAVES:
        if is_such(type_):
            return taken, build
    raise pa.ArrowNotImplementedError(f"type {type_} can't be read from JSON")


def _plain(values: Values, type_: pa.DataType) -> pa.Array:
    return pa.array(values, type_)


def _floats(values: Values, type_: pa.DataType) -> pa.Array:
    array = pa.array(values, type_)
    if pa.types.is_float32(type_) and any(isinf(value) for value in array.to_pylist() if value is not None):
        raise Unfit("it is too large")
    return array


def _parsed(values: Values, type_: pa.DataType) -> pa.Array:
    return pa.array(values, pa.string()).cast(type_)


def _decoded(values: Values, type_: pa.DataType) -> pa.Array:
    try:
        return pa.array([None if v is None else base64.b64decode(str(v), validate=True) for v in values], type_)
    except binascii.Error as error:
        raise Unfit(f"it is no base64: {error}") from error


def _decimals(values: Values, type_: pa.DataType) -> pa.Array:
    return pa.array([_decimal(value) for value in values], type_)


def _decimal(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Unfit("it is no number") from error
    if not number.is_finite():
        raise Unfit("it is no number")
    if isinstance(value, float) and len(number.as_tuple().digits) > EXACT_DIGITS_MAX:
        raise Unfit(f"a number of more than {EXACT_DIGITS_MAX} digits must be written as text to be exact")
    return number


_LEAVES: tuple[tuple[Callable[[pa.DataType], bool], set[type], Callable[[Values, pa.DataType], pa.Array]], ...] = (
    (pa.types.is_boolean, {bool}, _plain),
    (pa.types.is_integer, {int}, _plain),
    (pa.types.is_floating, {int, float}, _floats),
    (pa.types.is_string, {str}, _plain),
    (pa.types.is_decimal, {int, float, str}, _decimals),
    (pa.types.is_date32, {str}, _parsed),
    (pa.types.is_timestamp, {str}, _parsed),
    (pa.types.is_binary, {str}, _decoded),
    (pa.types.is_null, set(), _plain),
)
