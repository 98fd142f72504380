"""Arrow types in ORC: what ORC lacks is stored under a type that means the same, and the Arrow type stands beside it.

1. A reader that knows nothing of this sees the same values: unsigned numbers as wider signed ones, texts of a
   dictionary as texts, points in time in nanoseconds. Nothing is stored as something else in meaning: times of day,
   time spans and the like are a final failure that names the column.
2. The Arrow type of a column stands in an attribute of its ORC type, in Arrow's own serialisation, if ORC would give
   another one back. Not kept are metadata, and of nested fields that they must have a value; a nested type that
   never has one comes back as boolean.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from durable import NonRetryable
from tabular_worker.source import DAMAGES, named

ATTRIBUTE = b"arrow.field"
_types = pa.types
_MADE_FROM: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    (_types.is_null, pa.bool_()),
    (_types.is_uint8, pa.int16()),
    (_types.is_uint16, pa.int32()),
    (_types.is_uint32, pa.int64()),
    (_types.is_uint64, pa.decimal128(20, 0)),
    (_types.is_float16, pa.float32()),
    (_types.is_large_string, pa.string()),
    (_types.is_string_view, pa.string()),
    (_types.is_large_binary, pa.binary()),
    (_types.is_binary_view, pa.binary()),
    (_types.is_fixed_size_binary, pa.binary()),
    (_types.is_date64, pa.date32()),
)
_AS_IT_IS = (
    _types.is_boolean,
    _types.is_signed_integer,
    _types.is_float32,
    _types.is_float64,
    _types.is_string,
    _types.is_binary,
    _types.is_date32,
    _types.is_decimal128,
)
_LISTS = (_types.is_list, _types.is_large_list, _types.is_fixed_size_list)


def stored_schema(schema: pa.Schema) -> pa.Schema:
    """Give the schema under which ORC stores these columns, with the attributes that say what they are.

    Raises:
        NonRetryable: ORC has no type for one; names it.
    """
    return pa.schema([_stored_field(field) for field in schema])


def kept_schema(stored: pa.Schema) -> pa.Schema:
    """Give the schema that `stored_schema` was made of; the types of ORC where nothing says otherwise."""
    return pa.schema([_kept_field(field) for field in stored])


def stored_batch(batch: pa.RecordBatch, stored: pa.Schema) -> pa.RecordBatch:
    """Give rows as ORC stores them.

    Raises:
        NonRetryable: a point in time is too far away for nanoseconds in 64 bits, which Arrow reads from ORC.
    """
    return pa.RecordBatch.from_arrays(
        [_stored_array(array, field) for array, field in zip(batch.columns, stored, strict=True)], schema=stored
    )


def kept_batch(batch: pa.RecordBatch, kept: pa.Schema) -> pa.RecordBatch:
    """Give rows of ORC under the types that they had."""
    arrays = [_cast(array, field.type) for array, field in zip(batch.columns, kept, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=kept)


def _stored_field(field: pa.Field) -> pa.Field:
    type_ = _stored_type(field.type, field.name)
    is_same = type_ == field.type and field.nullable
    if is_same:
        return pa.field(field.name, type_)
    kept = pa.field(field.name, field.type if pa.types.is_null(field.type) else _lenient(field.type), field.nullable)
    attribute = base64.b64encode(pa.schema([kept]).serialize().to_pybytes())
    return pa.field(field.name, type_, metadata={ATTRIBUTE: attribute})


def _kept_field(field: pa.Field) -> pa.Field:
    attribute = (field.metadata or {}).get(ATTRIBUTE)
    if attribute is None:
        return field.remove_metadata()
    try:
        kept = named(pa.ipc.read_schema(pa.py_buffer(base64.b64decode(attribute)))).field(0)
        return pa.field(field.name, kept.type, nullable=kept.nullable)
    except (*DAMAGES, ValueError) as error:
        raise NonRetryable(f"column {field.name!r}: expected an Arrow field in its attribute; found none") from error


def _stored_type(type_: pa.DataType, column: str) -> pa.DataType:
    if _types.is_dictionary(type_):
        return _stored_type(type_.value_type, column)
    if _types.is_struct(type_) and type_.num_fields:
        fields = (type_.field(index) for index in range(type_.num_fields))
        return pa.struct([(field.name, _stored_type(field.type, column)) for field in fields])
    if any(is_such(type_) for is_such in _LISTS):
        return pa.list_(_stored_type(type_.value_type, column))
    if _types.is_map(type_):
        return pa.map_(_stored_type(type_.key_type, column), _stored_type(type_.item_type, column))
    return _stored_value_type(type_, column)


def _stored_value_type(type_: pa.DataType, column: str) -> pa.DataType:
    if _types.is_timestamp(type_):
        return pa.timestamp("ns", type_.tz and "UTC")
    if any(is_such(type_) for is_such in _AS_IT_IS):
        return type_
    for is_such, made_from in _MADE_FROM:
        if is_such(type_):
            return made_from
    raise NonRetryable(
        f"column {column!r}: expected a type that ORC has; found {type_}: cast it to one that means what you need",
        {"column": column, "type": str(type_)},
    )


def _lenient(type_: pa.DataType) -> pa.DataType:
    """Give a type whose nested fields may lack a value: Arrow casts to no other one."""

    def field(child: pa.Field) -> pa.Field:
        return pa.field(child.name, _lenient(child.type))

    if _types.is_struct(type_):
        return pa.struct([field(type_.field(index)) for index in range(type_.num_fields)])
    if _types.is_fixed_size_list(type_):
        return pa.list_(field(type_.value_field), type_.list_size)
    if _types.is_large_list(type_):
        return pa.large_list(field(type_.value_field))
    if _types.is_list(type_):
        return pa.list_(field(type_.value_field))
    if _types.is_map(type_):
        return pa.map_(type_.key_type, field(type_.item_field))
    return pa.bool_() if _types.is_null(type_) else type_


def _stored_array(array: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return array.cast(field.type)
    except pa.ArrowInvalid as error:
        raise NonRetryable(
            f"column {field.name!r}: expected values that ORC can hold as {field.type}: {error}"[:2000],
            {"column": field.name},
        ) from error


def _cast(array: pa.Array, type_: pa.DataType) -> pa.Array:
    if _types.is_null(type_):
        return pa.nulls(len(array))
    return array if array.type == type_ else pc.cast(array, type_)
