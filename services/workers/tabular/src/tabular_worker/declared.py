"""A schema that was given as data, as Arrow has it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from contracts.columns import Column, ColumnType, DecimalType, ListType, StructType, TimestampType
from durable import NonRetryable

DEPTH_MAX = 32
_PLAIN = {
    "boolean": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "text": pa.string(),
    "bytes": pa.binary(),
    "date": pa.date32(),
}


def declared_schema(columns: Sequence[Column]) -> pa.Schema:
    """Give the Arrow schema of columns.

    Raises:
        NonRetryable: a type is nested too deep.
    """
    return pa.schema([_field(column, 1) for column in columns])


def _field(column: Column, depth: int) -> pa.Field:
    return pa.field(column.name, _type(column.type, depth), nullable=column.nullable)


def _type(given: ColumnType, depth: int) -> pa.DataType:
    if depth > DEPTH_MAX:
        raise NonRetryable(f"expected types nested at most {DEPTH_MAX} deep; found deeper")
    match given:
        case DecimalType():
            return pa.decimal128(given.precision, given.scale)
        case TimestampType():
            return pa.timestamp(given.unit, given.zone)
        case ListType():
            return pa.list_(_type(given.items, depth + 1))
        case StructType():
            return pa.struct([_field(field, depth + 1) for field in given.fields])
        case _:
            return _PLAIN[given]
