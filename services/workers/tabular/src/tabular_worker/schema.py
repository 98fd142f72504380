"""The schema that all rows of a file fit: their columns in order of first appearance, each with one type.

1. A column may lack values, be whole numbers here and fractions there, or have more fields here than there.
2. Anything else that differs, text where others have numbers for one, is a fault that names line and column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from contracts.columns import COLUMNS_MAX
from durable import NonRetryable
from tabular_worker.cells import Unfit, array_of, check_filled
from tabular_worker.declared import DEPTH_MAX
from tabular_worker.rows import Batch
from tabular_worker.source import ARROW_FAULTS

_FAULTS = (*ARROW_FAULTS, Unfit)
_BY_KINDS = {
    frozenset[type](): pa.null(),
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({str}): pa.string(),
}
_LISTS = frozenset({list})
_STRUCTS = frozenset({dict})


def schema_of(batches: Iterable[Batch]) -> pa.Schema:
    """Find the schema of all rows; a column without any value is text.

    Raises:
        NonRetryable: no schema fits; names line and column of the first row that breaks it, or says that there is none.
    """
    types: dict[str, pa.DataType] = {}
    for batch in batches:
        for name in dict.fromkeys(name for row in batch.rows for name in row):
            types[name] = _widened(types.get(name, pa.null()), batch, name)
        if sum(map(_width, types.values())) > COLUMNS_MAX:
            raise NonRetryable(
                f"line {batch.lines[-1]}: expected at most {COLUMNS_MAX} columns and fields; found more so far"
            )
    if not types:
        raise NonRetryable("expected rows with columns; found none")
    return pa.schema([(name, pa.string() if type_ == pa.null() else type_) for name, type_ in types.items()])


def record_batch(batch: Batch, schema: pa.Schema) -> pa.RecordBatch:
    """Give the rows as Arrow.

    Raises:
        NonRetryable: a value does not fit the type of its column, or a row has a column that the schema lacks; names
            line and column.
    """
    known = set(schema.names)
    for line, row in zip(batch.lines, batch.rows, strict=True):
        if not row.keys() <= known:
            name = next(name for name in row if name not in known)
            raise NonRetryable(
                f"line {line}, column {name!r}: expected the columns {', '.join(schema.names)[:300]}; found another",
                {"line": line, "column": name},
            )
    return pa.RecordBatch.from_arrays([_array(batch, field) for field in schema], schema=schema)


def _array(batch: Batch, field: pa.Field) -> pa.Array:
    values = batch.column(field.name)
    try:
        check_filled(values, field)
        return array_of(values, field.type)
    except _FAULTS:
        for line, value in zip(batch.lines, values, strict=True):
            try:
                check_filled([value], field)
                array_of([value], field.type)
            except _FAULTS as error:
                raise _fault(line, field.name, f"{field.type}", value, error) from error
        raise


def _widened(known: pa.DataType, batch: Batch, name: str) -> pa.DataType:
    values = batch.column(name)
    try:
        return _unified(known, _type_of(values))
    except _FAULTS:
        for line, value in zip(batch.lines, values, strict=True):
            try:
                known = _unified(known, _type_of([value]))
            except _FAULTS as error:
                raise _fault(line, name, f"{known}, as in other lines", value, error) from error
        return known


def _type_of(values: Sequence[object], depth: int = 1) -> pa.DataType:
    kinds = frozenset(map(type, values)) - {type(None)}
    if kinds in _BY_KINDS:
        return _BY_KINDS[kinds]
    if depth > DEPTH_MAX:
        raise Unfit(f"it is nested more than {DEPTH_MAX} deep")
    if kinds == _LISTS:
        return pa.list_(_type_of([item for value in values if isinstance(value, list) for item in value], depth + 1))
    if kinds != _STRUCTS:
        raise Unfit
    rows = [value for value in values if isinstance(value, dict)]
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.struct([(name, _type_of([row.get(name) for row in rows], depth + 1)) for name in names])


def _unified(known: pa.DataType, found: pa.DataType) -> pa.DataType:
    if known == found:
        return known
    schemas = [pa.schema([("", known)]), pa.schema([("", found)])]
    return pa.unify_schemas(schemas, promote_options="permissive").field(0).type


def _width(type_: pa.DataType) -> int:
    if type_.num_fields == 0:
        return 1
    return sum(_width(type_.field(index).type) for index in range(type_.num_fields))


def _fault(line: int, column: str, expected: str, value: object, error: Exception) -> NonRetryable:
    more = f" ({error})" if isinstance(error, Unfit) and str(error) else ""
    return NonRetryable(
        f"line {line}, column {column!r}: expected {expected}; found {value!r:.80}{more}",
        {"line": line, "column": column},
    )
