"""One table from one format into another, a batch at a time: memory is bounded whatever the size of the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from contracts.conversions import Compression, ConvertTable
from durable import NonRetryable
from tabular_worker.csv_files import open_csv, write_csv
from tabular_worker.declared import declared_schema
from tabular_worker.formats import Format, check_content, format_of
from tabular_worker.json_files import open_json_lines, write_json_lines
from tabular_worker.orc_files import open_orc, write_orc
from tabular_worker.parquet import open_parquet, write_parquet
from tabular_worker.source import Source

_TEXTS = (Format.JSON_LINES, Format.CSV)


@dataclass(frozen=True, slots=True)
class Job:
    """What a request asks for, checked.

    Attributes:
        source: format of the source.
        target: format of the target.
        schema: what the columns must be; `None` if they are found, or if the source brings them.
        compression: of the target.
        delimiter: of CSV.
    """

    source: Format
    target: Format
    schema: pa.Schema | None
    compression: Compression
    delimiter: str


@dataclass(frozen=True, slots=True)
class Converted:
    """How many rows were written, and under which schema they were read."""

    rows: int
    schema: pa.Schema


def job_of(request: ConvertTable) -> Job:
    """Check what can be told before any byte is read.

    Raises:
        NonRetryable: a format is unknown, or columns or a compression are given where there can be none.
    """
    source = format_of(request.source_type, request.source.name)
    target = format_of(request.target_type, request.target.name)
    if request.source == request.target:
        raise NonRetryable(f"expected a target beside the source; found {request.target.name!r} for both")
    if request.columns is not None and source not in _TEXTS:
        raise NonRetryable(
            f"expected columns for JSON lines or CSV alone; found them for {source.value}, which has its own"
        )
    if request.compression not in (None, Compression.NONE) and target in _TEXTS:
        raise NonRetryable(f"expected no compression for {target.value}; found {request.compression}")
    schema = None if request.columns is None else declared_schema(request.columns)
    return Job(source, target, schema, request.compression or Compression.SNAPPY, request.delimiter)


def convert_file(job: Job, source: Path, target: Path) -> Converted:
    """Write a file as another one, whose rows keep their order.

    Raises:
        NonRetryable: the source is not what the job says, or holds what the target can't.
        TransientError: the disk is full.
    """
    check_content(source, job.source)
    opened = _open(job, source)
    if not opened.schema.names:
        raise NonRetryable(f"expected {job.source.value} with columns; found none")
    return Converted(_write(job, target, opened), opened.schema)


def _open(job: Job, file: Path) -> Source:
    match job.source:
        case Format.JSON_LINES:
            return open_json_lines(file, job.schema)
        case Format.CSV:
            return open_csv(file, job.schema, job.delimiter)
        case Format.PARQUET:
            return open_parquet(file)
        case Format.ORC:
            return open_orc(file)


def _write(job: Job, file: Path, source: Source) -> int:
    match job.target:
        case Format.JSON_LINES:
            return write_json_lines(file, source)
        case Format.CSV:
            return write_csv(file, source, job.delimiter)
        case Format.PARQUET:
            return write_parquet(file, source, job.compression)
        case Format.ORC:
            return write_orc(file, source, job.compression)
