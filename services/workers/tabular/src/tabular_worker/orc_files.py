"""ORC files: read in batches, written in stripes of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import orc

from contracts.conversions import Compression
from tabular_worker.orc_types import kept_batch, kept_schema, stored_batch, stored_schema
from tabular_worker.source import BATCH_ROWS_MAX, Source, reading, writing

STRIPE_BYTES = 64 << 20
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
        stored = orc.ORCFile(file).schema
    kept = kept_schema(stored)
    return Source(kept, lambda: _batches(file, stored, kept))


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


def _batches(file: Path, stored: pa.Schema, kept: pa.Schema) -> Iterator[pa.RecordBatch]:
    with reading("an ORC file"):
        scanner = ds.dataset(file, schema=stored, format="orc").scanner(
            batch_size=BATCH_ROWS_MAX, batch_readahead=1, fragment_readahead=1, use_threads=False
        )
        for batch in scanner.to_batches():
            if batch.num_rows:
                yield kept_batch(batch, kept)
