"""Parquet files: written from JSON lines in two passes, so that memory is bounded; read back row by row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from durable import NonRetryable
from tabular_worker.rows import batches
from tabular_worker.schema import record_batch, schema_of


@dataclass(frozen=True, slots=True)
class Table:
    """What a Parquet file holds."""

    rows: int
    columns: tuple[str, ...]


def convert(source: Path, target: Path) -> Table:
    """Write a file of JSON lines as Parquet; its rows keep their order.

    Raises:
        NonRetryable: the file holds no rows, or rows that make no table; names line and column.
    """
    if not source.stat().st_size:
        raise NonRetryable("expected JSON lines; found an empty file")
    schema = schema_of(batches(source))
    rows = 0
    try:
        with pq.ParquetWriter(target, schema) as writer:
            for batch in batches(source):
                writer.write_batch(record_batch(batch, schema))
                rows += len(batch.rows)
    except pa.ArrowNotImplementedError as error:
        raise NonRetryable(f"expected rows that Parquet can hold: {error}") from error
    return Table(rows, tuple(schema.names))


def read_back(file: Path) -> Table:
    """Read a whole Parquet file.

    Raises:
        NonRetryable: it is no Parquet file, or damaged.
    """
    try:
        with pq.ParquetFile(file) as table:
            rows = sum(batch.num_rows for batch in table.iter_batches())
            return Table(rows, tuple(table.schema_arrow.names))
    except (pa.ArrowInvalid, OSError) as error:
        raise NonRetryable(f"expected a Parquet file; it can't be read: {error}") from error
