"""JSON lines: read in two passes, so that memory is bounded, and written row by row."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
import pyarrow as pa

from durable import NonRetryable
from tabular_worker.jsontypes import json_array, json_schema
from tabular_worker.rows import batches
from tabular_worker.schema import record_batch, schema_of
from tabular_worker.source import Source, writing

_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


def open_json_lines(file: Path, schema: pa.Schema | None) -> Source:
    """Open a file of JSON lines; without a schema all rows are looked at for one.

    Raises:
        NonRetryable: (also while it is read) its rows make no table; names line and column.
    """
    found = schema_of(batches(file)) if schema is None else schema
    return Source(found, lambda: (record_batch(batch, found) for batch in batches(file)))


def write_json_lines(file: Path, source: Source) -> int:
    """Write one line for each row, and give their number.

    Raises:
        NonRetryable: JSON has no words for a type or a value; names the column.
        TransientError: the disk is full.
    """
    schema = json_schema(source.schema)
    if len(set(schema.names)) < len(schema.names):
        raise NonRetryable("expected columns whose names differ, for JSON lines; found two with the same name")
    rows = 0
    with writing("JSON lines"), file.open("wb") as target:
        for batch in source.batches():
            target.writelines(_lines(batch, schema))
            rows += batch.num_rows
    return rows


def _lines(batch: pa.RecordBatch, schema: pa.Schema) -> Iterator[bytes]:
    columns: list[Iterable[object]] = [
        json_array(array, field.type, field.name).to_pylist(maps_as_pydicts="strict")
        for array, field in zip(batch.columns, schema, strict=True)
    ]
    names = schema.names
    for row in zip(*columns, strict=True):
        yield orjson.dumps(dict(zip(names, row, strict=True)), default=_bytes_as_text, option=_OPTIONS)


def _bytes_as_text(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"expected a value that JSON can say; found {type(value)}")
