"""JSON lines as rows: read in batches of bounded size, each row with the number of its line.

A fault names the line, for that is what a person looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson

from durable import NonRetryable

BATCH_ROWS_MAX = 10_000
BATCH_BYTES_MAX = 8 << 20
LINE_BYTES_MAX = 8 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TEXT_MAX = 80

Row = dict[str, object]


@dataclass(slots=True)
class Batch:
    """Some consecutive rows, with the line that each stood on."""

    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    size: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= BATCH_ROWS_MAX or self.size >= BATCH_BYTES_MAX

    def column(self, name: str) -> list[object]:
        """Give the values of a column, `None` where a row lacks it."""
        return [row.get(name) for row in self.rows]


def batches(file: Path) -> Iterator[Batch]:
    """Read a file in batches; blank lines are skipped.

    Raises:
        NonRetryable: a line is no JSON object, or longer than is sane; names the line.
    """
    batch = Batch()
    with file.open("rb") as source:
        for number, line in _lines(source):
            batch.rows.append(_row(line, number))
            batch.lines.append(number)
            batch.size += len(line)
            if batch.is_full:
                yield batch
                batch = Batch()
    if batch.rows:
        yield batch


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := source.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(line) > LINE_BYTES_MAX:
            raise NonRetryable(f"line {number}: expected at most {LINE_BYTES_MAX} bytes; found more", {"line": number})
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if line.strip():
            yield number, line


def _row(line: bytes, number: int) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        text = line.strip()[:_TEXT_MAX].decode("utf-8", "replace")
        raise NonRetryable(
            f"line {number}: expected a JSON object; found {text!r}: {error}", {"line": number}
        ) from error
    if not isinstance(row, dict):
        raise NonRetryable(f"line {number}: expected a JSON object; found {_kind(row)}", {"line": number})
    return row


def _kind(value: object) -> str:
    return {list: "a list", str: "text", bool: "a truth value", type(None): "null"}.get(type(value), "a number")
