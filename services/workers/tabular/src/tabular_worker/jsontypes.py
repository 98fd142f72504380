"""Arrow columns as what JSON has words for: dates and points in time in ISO 8601, decimals and bytes as text.

1. A point in time with a zone is written in UTC: the instant stays, the zone does not.
2. What JSON can't say is a final failure that names the column: NaN and infinities, time spans, keys that are no text.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from durable import NonRetryable

_types = pa.types
_AS_TEXT = (_types.is_decimal, _types.is_large_string, _types.is_string_view)
_AS_IT_IS = (
    _types.is_null,
    _types.is_boolean,
    _types.is_integer,
    _types.is_float32,
    _types.is_float64,
    _types.is_string,
    _types.is_binary,
    _types.is_date32,
    _types.is_time,
)
_AS_BYTES = (_types.is_large_binary, _types.is_binary_view, _types.is_fixed_size_binary)
_LISTS = (_types.is_list, _types.is_large_list, _types.is_fixed_size_list)


def json_schema(schema: pa.Schema) -> pa.Schema:
    """Give the types that the columns are cast to.

    Raises:
        NonRetryable: JSON has no words for one of them.
    """
    return pa.schema([(field.name, _json_type(field.type, field.name)) for field in schema])


def json_array(array: pa.Array, type_: pa.DataType, column: str) -> pa.Array:
    """Give a column as its JSON type.

    Raises:
        NonRetryable: it holds a number that JSON has no word for.
    """
    for floats in _floats(array):
        if not pc.all(pc.is_finite(floats)).as_py() and floats.null_count < len(floats):
            raise NonRetryable(
                f"column {column!r}: expected numbers that JSON can say; found NaN or an infinity", {"column": column}
            )
    try:
        return array.cast(type_)
    except pa.ArrowInvalid:
        # Nanoseconds that are no whole microseconds: Arrow writes them out in full.
        if not _types.is_timestamp(type_):
            return array.cast(_with_texts_for_times(type_))
        return pc.replace_substring(array.cast(pa.timestamp("ns", type_.tz)).cast(pa.string()), " ", "T")


def _json_type(type_: pa.DataType, column: str) -> pa.DataType:
    if _types.is_dictionary(type_):
        return _json_type(type_.value_type, column)
    if _types.is_timestamp(type_):
        return pa.timestamp("us", type_.tz and "UTC")
    if _types.is_struct(type_):
        fields = (type_.field(index) for index in range(type_.num_fields))
        return pa.struct([(field.name, _json_type(field.type, column)) for field in fields])
    if any(is_such(type_) for is_such in _LISTS):
        return pa.list_(_json_type(type_.value_type, column))
    if _types.is_map(type_) and _types.is_string(key := _json_type(type_.key_type, column)):
        return pa.map_(key, _json_type(type_.item_type, column))
    return _plain_type(type_, column)


def _plain_type(type_: pa.DataType, column: str) -> pa.DataType:
    for kinds, found in ((_AS_IT_IS, type_), (_AS_TEXT, pa.string()), (_AS_BYTES, pa.binary())):
        if any(is_such(type_) for is_such in kinds):
            return found
    if _types.is_date64(type_):
        return pa.date32()
    if _types.is_float16(type_):
        return pa.float32()
    raise NonRetryable(f"column {column!r}: expected a type that JSON can say; found {type_}", {"column": column})


def _with_texts_for_times(type_: pa.DataType) -> pa.DataType:
    if _types.is_timestamp(type_):
        return pa.string()
    if _types.is_struct(type_):
        fields = (type_.field(index) for index in range(type_.num_fields))
        return pa.struct([(field.name, _with_texts_for_times(field.type)) for field in fields])
    if _types.is_list(type_):
        return pa.list_(_with_texts_for_times(type_.value_type))
    if _types.is_map(type_):
        return pa.map_(type_.key_type, _with_texts_for_times(type_.item_type))
    return type_


def _floats(array: pa.Array) -> Iterator[pa.Array]:
    if _types.is_floating(array.type):
        yield array
    elif _types.is_struct(array.type):
        for child in array.flatten():
            yield from _floats(child)
    elif any(is_such(array.type) for is_such in _LISTS):
        yield from _floats(array.flatten())
    elif _types.is_map(array.type):
        yield from _floats(array.items)
