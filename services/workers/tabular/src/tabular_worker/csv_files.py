"""CSV: a header line, then rows of as many cells; read by Arrow in blocks, and once more by line to name a fault.

1. An empty cell is no value; `""` is the empty text.
2. Arrow counts rows, people count lines, and a quoted cell may span several: a fault is searched for line by line.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, TextIO

import pyarrow as pa
import pyarrow.csv as pacsv

from contracts.columns import COLUMNS_MAX
from durable import NonRetryable
from tabular_worker.csv_types import Kind, joined, kind_of
from tabular_worker.source import ARROW_FAULTS, Source, writing

# Arrow reads some blocks ahead, and no row may be longer than one.
BLOCK_BYTES = 2 << 20
_types = pa.types
_HELD = (
    _types.is_null,
    _types.is_boolean,
    _types.is_integer,
    _types.is_floating,
    _types.is_decimal,
    _types.is_string,
    _types.is_large_string,
    _types.is_string_view,
    _types.is_date,
    _types.is_time,
    _types.is_timestamp,
)


def open_csv(file: Path, schema: pa.Schema | None, delimiter: str) -> Source:
    """Open a CSV file; without a schema all rows are looked at for one.

    Raises:
        NonRetryable: (also while it is read) it is no table, a row has too few or too many cells, or a text does not
            fit its column; names line and column.
    """
    names = _header(file, delimiter)
    found = _found_schema(file, names, delimiter) if schema is None else _checked(schema, names)
    return Source(found, lambda: _typed(file, found, delimiter))


def write_csv(file: Path, source: Source, delimiter: str) -> int:
    """Write a header line and one row for each, and give the number of rows.

    Raises:
        NonRetryable: CSV can't hold a type; names the column.
        TransientError: the disk is full.
    """
    schema = pa.schema([(field.name, _csv_type(field)) for field in source.schema])
    options = pacsv.WriteOptions(delimiter=delimiter)
    rows = 0
    with writing("CSV"), pacsv.CSVWriter(file, schema, write_options=options) as writer:
        for batch in source.batches():
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return rows


def _csv_type(field: pa.Field) -> pa.DataType:
    type_ = field.type.value_type if _types.is_dictionary(field.type) else field.type
    if not any(is_such(type_) for is_such in _HELD):
        raise NonRetryable(
            f"column {field.name!r}: expected a type that CSV can hold; found {field.type}", {"column": field.name}
        )
    if _types.is_timestamp(type_) and type_.tz:
        return pa.timestamp(type_.unit, "UTC")
    return pa.float32() if _types.is_float16(type_) else type_


def _header(file: Path, delimiter: str) -> list[str]:
    begins, names = next(_lines(file, delimiter), (1, []))
    if begins > 1:
        raise NonRetryable("line 1: expected a header; found a blank line", {"line": 1})
    empty = [number for number, name in enumerate(names, start=1) if not name]
    twice = sorted(name for name in set(names) if names.count(name) > 1) if len(set(names)) < len(names) else []
    if not names or len(names) > COLUMNS_MAX:
        raise NonRetryable(f"line 1: expected a header of 1 to {COLUMNS_MAX} columns; found {len(names)}", {"line": 1})
    if empty or twice:
        found = f"column {empty[0]} without a name" if empty else f"{twice[0]!r} twice"
        raise NonRetryable(f"line 1: expected a header of names that differ; found {found}", {"line": 1})
    return names


def _checked(schema: pa.Schema, names: list[str]) -> pa.Schema:
    missing = sorted(set(schema.names) - set(names))
    more = sorted(set(names) - set(schema.names))
    if missing or more:
        raise NonRetryable(
            f"line 1: expected the columns {', '.join(schema.names)[:500]}; "
            f"missing: {', '.join(missing)[:200] or 'none'}; not expected: {', '.join(more)[:200] or 'none'}",
            {"line": 1},
        )
    for field in schema:
        _csv_type(field)
    return pa.schema([schema.field(name) for name in names])


def _found_schema(file: Path, names: list[str], delimiter: str) -> pa.Schema:
    kinds = [Kind.NOTHING] * len(names)
    for batch in _texts(file, names, delimiter):
        for index, texts in enumerate(batch.columns):
            if kinds[index] is not Kind.TEXT:
                kinds[index] = joined(kinds[index], kind_of(texts))
    return pa.schema([(name, kind.type) for name, kind in zip(names, kinds, strict=True)])


def _typed(file: Path, schema: pa.Schema, delimiter: str) -> Iterator[pa.RecordBatch]:
    for batch in _texts(file, schema.names, delimiter):
        arrays = []
        for texts, field in zip(batch.columns, schema, strict=True):
            try:
                array = texts if field.type == texts.type else texts.cast(field.type)
            except ARROW_FAULTS as error:
                _name_text(file, schema, field, delimiter, str(error))
            if array.null_count and not field.nullable:
                _name_text(file, schema, field, delimiter, "it must have a value")
            arrays.append(array)
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _texts(file: Path, names: list[str], delimiter: str) -> Iterator[pa.RecordBatch]:
    options = {
        "read_options": pacsv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        "parse_options": pacsv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,  # Of one column, an empty line is a row without a value.
        ),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    }
    try:
        with pacsv.open_csv(file, **options) as reader:
            if reader.schema.names != names:
                raise pa.ArrowInvalid(f"its header names {reader.schema.names}, or {names}")
            yield from reader
    except ARROW_FAULTS as error:
        _name_row(file, len(names), delimiter, str(error))


def _name_row(file: Path, width: int, delimiter: str, told: str) -> NoReturn:
    """Find the line that Arrow could not read."""
    for line, cells in _lines(file, delimiter):
        if cells and len(cells) != width:
            start = delimiter.join(cells)[:80]
            raise NonRetryable(
                f"line {line}: expected {width} cells, as the header has; found {len(cells)}: {start!r}", {"line": line}
            )
    raise NonRetryable(f"expected CSV; it can't be read: {told}"[:2000])


def _name_text(file: Path, schema: pa.Schema, field: pa.Field, delimiter: str, told: str) -> NoReturn:
    """Find the line whose text does not fit its column."""
    index = schema.names.index(field.name)
    fits = _fits(field)
    for number, (line, cells) in enumerate(_lines(file, delimiter)):
        if number and len(cells) == len(schema.names) and not fits(cells[index]):
            raise NonRetryable(
                f"line {line}, column {field.name!r}: expected {field.type}; found {cells[index]!r:.80}",
                {"line": line, "column": field.name},
            )
    raise NonRetryable(f"column {field.name!r}: expected {field.type}: {told}"[:2000], {"column": field.name})


def _fits(field: pa.Field) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        if not text and not _types.is_string(field.type):
            return bool(field.nullable)
        try:
            pa.scalar(text).cast(field.type)
        except ARROW_FAULTS:
            return False
        return True

    return fits


def _lines(file: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that have cells, each with the line on which it begins."""
    csv.field_size_limit(BLOCK_BYTES)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.reader(_bounded(opened), delimiter=delimiter)
        begins = 1
        try:
            for cells in reader:
                if cells:
                    yield begins, cells
                begins = reader.line_num + 1
        except UnicodeDecodeError as error:
            line = _undecodable_line(file)
            raise NonRetryable(f"line {line}: expected UTF-8; found other bytes", {"line": line}) from error
        except csv.Error as error:
            raise NonRetryable(f"line {begins}: expected a row of CSV: {error}", {"line": begins}) from error


def _bounded(opened: TextIO) -> Iterator[str]:
    while line := opened.readline(BLOCK_BYTES + 1):
        if len(line) > BLOCK_BYTES:
            raise csv.Error(f"it is longer than {BLOCK_BYTES} characters")
        yield line


def _undecodable_line(file: Path) -> int:
    number = 1
    with file.open("rb") as opened:
        while line := opened.readline(BLOCK_BYTES):
            try:
                line.decode()
            except UnicodeDecodeError:
                break
            number += line.endswith(b"\n")
    return number
