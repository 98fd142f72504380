"""ORC files: read in batches, written in stripes of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import orc

from contracts.conversions import Compression
from tabular_worker.orc_types import kept_batch, kept_schema, stored_batch, stored_schema
from tabular_worker.source import BATCH_BYTES, BATCH_ROWS_MAX, Source, named, reading, writing

STRIPE_BYTES = 64 << 20
# How many times as large rows may be in memory as they are in the file; its footer does not say.
INFLATED = 4
_CODECS = {
    Compression.NONE: "uncompressed",
    Compression.SNAPPY: "snappy",
    Compression.ZSTD: "zstd",
    Compression.LZ4: "lz4",
    Compression.GZIP: "zlib",
}


def open_orc(file: Path) -> Source:
    """Open an ORC file; its footer is read.

    Raises:
        NonRetryable: (also while it is read) it is no ORC file, cut short or damaged.
    """
    with reading("an ORC file"):
        opened = orc.ORCFile(file)
        stored, bytes_of_one = named(opened.schema), INFLATED * opened.file_length // max(1, opened.nrows)
    kept = kept_schema(stored)
    batch_rows = max(1, min(BATCH_ROWS_MAX, BATCH_BYTES // max(1, bytes_of_one)))
    return Source(kept, lambda: _batches(file, stored, kept, batch_rows))


def write_orc(file: Path, source: Source, compression: Compression = Compression.SNAPPY) -> int:
    """Write an ORC file, and give the number of its rows.

    Raises:
        NonRetryable: ORC can't keep a type or a value; names the column.
        TransientError: the disk is full.
    """
    stored = stored_schema(source.schema)
    rows = 0
    with (
        writing("ORC"),
        orc.ORCWriter(str(file), compression=_CODECS[compression], stripe_size=STRIPE_BYTES) as writer,
    ):
        for batch in source.batches():
            writer.write(pa.Table.from_batches([stored_batch(batch, stored)]))
            rows += batch.num_rows
        if not rows:
            writer.write(stored.empty_table())
    return rows


def _batches(file: Path, stored: pa.Schema, kept: pa.Schema, batch_rows: int) -> Iterator[pa.RecordBatch]:
    # Late: with it come libraries that only the processes need in which tables are read.
    import pyarrow.dataset as ds

    with reading("an ORC file"):
        scanner = ds.dataset(file, schema=stored, format="orc").scanner(
            batch_size=batch_rows, batch_readahead=1, fragment_readahead=1, use_threads=False
        )
        for batch in scanner.to_batches():
            batch.validate(full=True)
            if batch.num_rows:
                yield kept_batch(batch, kept)
