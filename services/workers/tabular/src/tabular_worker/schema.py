"""The schema that all rows of a file fit: their columns in order of first appearance, each with one type.

1. A column may lack values, be whole numbers here and fractions there, or have more fields here than there.
2. Anything else that differs, text where others have numbers for one, is a fault that names line and column.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from durable import NonRetryable
from tabular_worker.rows import Batch

_ARROW_FAULTS = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)


def schema_of(batches: Iterable[Batch]) -> pa.Schema:
    """Find the schema of all rows; a column without any value is text.

    Raises:
        NonRetryable: no schema fits; names line and column of the first row that breaks it, or says that there is none.
    """
    types: dict[str, pa.DataType] = {}
    for batch in batches:
        for name in dict.fromkeys(name for row in batch.rows for name in row):
            types[name] = _widened(types.get(name, pa.null()), batch, name)
    if not types:
        raise NonRetryable("expected rows with columns; found none")
    return pa.schema([(name, pa.string() if type_ == pa.null() else type_) for name, type_ in types.items()])


def record_batch(batch: Batch, schema: pa.Schema) -> pa.RecordBatch:
    """Give the rows as Arrow.

    Raises:
        NonRetryable: a value does not fit the type of its column; names line and column.
    """
    return pa.RecordBatch.from_arrays([_array(batch, field) for field in schema], schema=schema)


def _array(batch: Batch, field: pa.Field) -> pa.Array:
    try:
        return pa.array(batch.column(field.name), type=field.type)
    except _ARROW_FAULTS:
        for line, value in zip(batch.lines, batch.column(field.name), strict=True):
            try:
                pa.array([value], type=field.type)
            except _ARROW_FAULTS as error:
                raise _fault(line, field.name, field.type, value) from error
        raise


def _widened(known: pa.DataType, batch: Batch, name: str) -> pa.DataType:
    values = batch.column(name)
    try:
        return _unified(known, pa.infer_type(values))
    except _ARROW_FAULTS:
        for line, value in zip(batch.lines, values, strict=True):
            try:
                known = _unified(known, pa.infer_type([value]))
            except _ARROW_FAULTS as error:
                raise _fault(line, name, known, value) from error
        return known


def _unified(known: pa.DataType, found: pa.DataType) -> pa.DataType:
    schemas = [pa.schema([("", known)]), pa.schema([("", found)])]
    return pa.unify_schemas(schemas, promote_options="permissive").field(0).type


def _fault(line: int, column: str, expected: pa.DataType, value: object) -> NonRetryable:
    return NonRetryable(
        f"line {line}, column {column!r}: expected {expected}, as in other lines; found {value!r:.80}",
        {"line": line, "column": column},
    )
