"""Formats of tables: by media type or by the ending of a name, and what a file that says so must look like."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from contracts.conversions import CSV, JSON_LINES, ORC, PARQUET
from durable import NonRetryable

SNIFFED_BYTES = 4096
_PARQUET_MAGIC = b"PAR1"
_PARQUET_BYTES_MIN = 12
_ORC_MAGIC = b"ORC"
_BINARY = {
    b"PAR1": "a Parquet file",
    b"ORC": "an ORC file",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"ARROW1": "an Arrow file",
}


class Format(Enum):
    """How rows are written down; the value is what messages call it."""

    JSON_LINES = "JSON lines"
    CSV = "CSV"
    PARQUET = "Parquet"
    ORC = "ORC"


_MEDIA_TYPES = {
    JSON_LINES: Format.JSON_LINES,
    "application/jsonl": Format.JSON_LINES,
    "application/x-jsonlines": Format.JSON_LINES,
    CSV: Format.CSV,
    PARQUET: Format.PARQUET,
    "application/x-parquet": Format.PARQUET,
    ORC: Format.ORC,
    "application/x-orc": Format.ORC,
}
_ENDINGS = {
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".csv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".orc": Format.ORC,
}


def format_of(media_type: str, name: str) -> Format:
    """Tell the format of a media type, or of the ending of a name if there is none.

    Raises:
        NonRetryable: it is of no table; lists those that are taken.
    """
    if media_type:
        known = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower())
        if known is None:
            raise NonRetryable(f"expected a media type out of {', '.join(_MEDIA_TYPES)}; found {media_type[:100]!r}")
        return known
    ending = Path(name).suffix.lower()
    if ending not in _ENDINGS:
        raise NonRetryable(
            f"expected a media type, or a name that ends in one of {', '.join(_ENDINGS)}; found {name!r}"
        )
    return _ENDINGS[ending]


def check_content(file: Path, expected: Format) -> None:
    """Look at both ends of a file.

    Raises:
        NonRetryable: it is empty, something else, or cut short.
    """
    size = file.stat().st_size
    if not size:
        raise NonRetryable(f"expected {expected.value}; found an empty file")
    with file.open("rb") as opened:
        head = opened.read(SNIFFED_BYTES)
        opened.seek(max(0, size - len(_PARQUET_MAGIC)))
        tail = opened.read()
    if expected in (Format.JSON_LINES, Format.CSV):
        _check_text(expected, head)
    elif expected is Format.PARQUET:
        _check_parquet(head, tail, size)
    else:
        _check_orc(head)


def _check_text(expected: Format, head: bytes) -> None:
    found = next((what for magic, what in _BINARY.items() if head.startswith(magic)), None)
    if found is None and b"\0" in head:
        found = "binary data or text that is not UTF-8"
    if found is not None:
        raise NonRetryable(f"expected {expected.value}; found {found}: is its media type right?")


def _check_parquet(head: bytes, tail: bytes, size: int) -> None:
    if not head.startswith(_PARQUET_MAGIC):
        raise NonRetryable(
            f"expected a Parquet file; found one that begins with {head[:8]!r}: is its media type right?"
        )
    if size < _PARQUET_BYTES_MIN or tail != _PARQUET_MAGIC:
        raise NonRetryable(
            f"expected a Parquet file that ends in {_PARQUET_MAGIC!r}; found one that is cut short: its {size} bytes "
            f"end in {tail!r}"
        )


def _check_orc(head: bytes) -> None:
    if not head.startswith(_ORC_MAGIC):
        raise NonRetryable(f"expected an ORC file; found one that begins with {head[:8]!r}: is its media type right?")
