"""Files of JSON lines with any number of rows, and Parquet tables; what a row holds follows from its number alone.

`python -m samples.row_files 10000000 big.jsonl` writes ten million rows (669 MB), a block at a time.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

HARBOURS = ("Bergen", "Kobe", "Valparaíso", "Łódź", "Reykjavík", "Porto")
ROWS_IN_A_BLOCK = 10_000


def row(number: int) -> dict[str, object]:
    """Give a row: numbers with and without fraction, text, and truth."""
    return {
        "id": number,
        "harbour": HARBOURS[number * 7 % 6],
        "tons": number * 37 % 9973 / 4,
        "inspected": number % 4 == 0,
    }


def json_lines(rows: int, first: int = 1) -> Iterator[bytes]:
    """Give the lines of so many rows, in blocks that fit into memory however many they are."""
    for start in range(first, first + rows, ROWS_IN_A_BLOCK):
        numbers = range(start, min(start + ROWS_IN_A_BLOCK, first + rows))
        yield b"".join(orjson.dumps(row(number)) + b"\n" for number in numbers)


def write_json_lines(path: Path, rows: int, first: int = 1) -> None:
    """Write a file of so many rows."""
    with path.open("wb") as file:
        file.writelines(json_lines(rows, first))


def rows_10_jsonl() -> bytes:
    """Ten rows."""
    return b"".join(json_lines(10))


def rows_10000_jsonl() -> bytes:
    """Ten thousand rows."""
    return b"".join(json_lines(10_000))


def berths_parquet() -> bytes:
    """A table of 500 rows."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row(number) for number in range(1, 501)]), file)
    return file.getvalue()


def cut_short_parquet() -> bytes:
    """A table of which the last third, with all that says where its columns are, was cut off."""
    whole = berths_parquet()
    return whole[: len(whole) * 2 // 3]


if __name__ == "__main__":
    write_json_lines(Path(sys.argv[2]), int(sys.argv[1]))
