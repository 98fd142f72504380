"""Parquet files: read in batches, written in row groups of bounded size; read back row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.conversions import Compression
from durable import NonRetryable
from tabular_worker.json_files import open_json_lines
from tabular_worker.source import BATCH_BYTES, BATCH_ROWS_MAX, Source, named, reading, writing

GROUP_ROWS = 131_072
GROUP_BYTES = 64 << 20
# Pages come through a buffer of this size, so that a row group of any size is never in memory as a whole.
BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """What a Parquet file holds."""

    rows: int
    columns: tuple[str, ...]


def convert(source: Path, target: Path, schema: pa.Schema | None = None) -> Table:
    """Write a file of JSON lines as Parquet; its rows keep their order. Without a schema it is found.

    Raises:
        NonRetryable: the file holds no rows, or rows that make no table; names line and column.
    """
    if not source.stat().st_size:
        raise NonRetryable("expected JSON lines; found an empty file")
    opened = open_json_lines(source, schema)
    return Table(write_parquet(target, opened), tuple(opened.schema.names))


def read_back(file: Path) -> Table:
    """Read a whole Parquet file.

    Raises:
        NonRetryable: it is no Parquet file, or damaged.
    """
    source = open_parquet(file)
    rows = sum(batch.num_rows for batch in source.batches())
    return Table(rows, tuple(source.schema.names))


def open_parquet(file: Path) -> Source:
    """Open a Parquet file; its footer is read.

    Raises:
        NonRetryable: (also while it is read) it is no Parquet file, cut short or damaged.
    """
    with reading("a Parquet file"), pq.ParquetFile(file) as table:
        schema = named(table.schema_arrow)
        bytes_of_all = sum(table.metadata.row_group(n).total_byte_size for n in range(table.metadata.num_row_groups))
        bytes_of_one = bytes_of_all // max(1, table.metadata.num_rows)
    batch_rows = max(1, min(BATCH_ROWS_MAX, BATCH_BYTES // max(1, bytes_of_one)))
    return Source(schema.remove_metadata(), lambda: _batches(file, batch_rows))


def write_parquet(file: Path, source: Source, compression: Compression = Compression.SNAPPY) -> int:
    """Write a Parquet file, and give the number of its rows.

    Raises:
        NonRetryable: Parquet can't hold a type.
        TransientError: the disk is full.
    """
    rows = 0
    groups = _groups(source)
    with writing("Parquet"), pq.ParquetWriter(file, source.schema, compression=compression.value) as writer:
        for group in groups:
            writer.write_table(group, row_group_size=GROUP_ROWS)
            rows += group.num_rows
    return rows


def _batches(file: Path, batch_rows: int) -> Iterator[pa.RecordBatch]:
    with reading("a Parquet file"), pq.ParquetFile(file, buffer_size=BUFFER_BYTES) as table:
        for batch in table.iter_batches(batch_size=batch_rows, use_threads=False):
            batch.validate(full=True)
            yield batch


def _groups(source: Source) -> Iterator[pa.Table]:
    gathered: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in source.batches():
        gathered.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
            yield pa.Table.from_batches(gathered, source.schema)
            gathered, rows, size = [], 0, 0
    if gathered:
        yield pa.Table.from_batches(gathered, source.schema)
