from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.columns import Column
from contracts.conversions import ConvertTable
from durable import NonRetryable
from tabular_worker.csv_files import open_csv
from tabular_worker.declared import declared_schema
from tabular_worker.json_files import open_json_lines

COLUMNS = TypeAdapter(list[Column])
MONEY = {"kind": "decimal", "precision": 12, "scale": 2}
UTC_TIME = {"kind": "timestamp", "zone": "UTC"}
LOCAL_TIME = {"kind": "timestamp", "unit": "ms"}
LINES = {
    "kind": "list",
    "items": {
        "kind": "struct",
        "fields": [{"name": "sku", "type": "text", "nullable": False}, {"name": "price", "type": MONEY}],
    },
}


def schema(type_: object, **more: Any) -> pa.Schema:
    return declared_schema(COLUMNS.validate_python([{"name": "a", "type": type_, **more}]))


def read(path: Path, content: str, schema: pa.Schema | None) -> list[object]:
    path.write_text(content)
    source = open_csv(path, schema, ",") if path.suffix == ".csv" else open_json_lines(path, schema)
    values: list[object] = pa.Table.from_batches(list(source.batches()), source.schema).column("a").to_pylist()
    return values


@pytest.mark.parametrize(
    ("given", "type_"),
    [
        ("int8", pa.int8()),
        ("text", pa.string()),
        ("bytes", pa.binary()),
        ("date", pa.date32()),
        (MONEY, pa.decimal128(12, 2)),
        (UTC_TIME, pa.timestamp("us", "UTC")),
        (LOCAL_TIME, pa.timestamp("ms")),
        (
            LINES,
            pa.list_(
                pa.struct([pa.field("sku", pa.string(), nullable=False), pa.field("price", pa.decimal128(12, 2))])
            ),
        ),
    ],
)
def test_a_type_that_is_given_is_the_type_of_the_column(given: object, type_: pa.DataType) -> None:
    assert schema(given).field("a").type == type_


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("int7", "Input should be 'boolean'"),
        ({"kind": "decimal", "precision": 39, "scale": 0}, "less than or equal to 38"),
        ({"kind": "map"}, "does not match any of the expected tags"),
        ({"kind": "struct", "fields": []}, "at least 1 item"),
        ({"kind": "struct", "fields": [{"name": "x", "type": "text"}] * 2}, "found twice: x"),
    ],
)
def test_a_type_that_is_none_is_no_input(given: object, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        COLUMNS.validate_python([{"name": "a", "type": given}])


def test_columns_of_one_name_are_no_input() -> None:
    columns = [{"name": "a", "type": "text"}] * 2

    with pytest.raises(ValidationError, match="found twice: a"):
        ConvertTable.model_validate({"source": {"name": "a"}, "target": {"name": "b"}, "columns": columns})


@pytest.mark.parametrize(
    ("type_", "line", "value"),
    [
        ("float64", '{"a":1}', "1.0"),
        ("bytes", '{"a":"aGk="}', "b'hi'"),
        ("date", '{"a":"2026-11-27"}', "datetime.date(2026, 11, 27)"),
        (MONEY, '{"a":"12345678.90"}', "Decimal('12345678.90')"),
        (MONEY, '{"a":1.1}', "Decimal('1.10')"),
        (MONEY, '{"a":7}', "Decimal('7.00')"),
        (LOCAL_TIME, '{"a":"2026-11-27T10:00:00"}', "datetime.datetime(2026, 11, 27, 10, 0)"),
        (
            LINES,
            '{"a":[{"sku":"x","price":"1.50"},{"sku":"y"}]}',
            "[{'sku': 'x', 'price': Decimal('1.50')}, {'sku': 'y', 'price': None}]",
        ),
        (LINES, '{"b":1}'.replace('"b":1', ""), "None"),
    ],
)
def test_a_value_is_read_as_its_column_says(tmp_path: Path, type_: object, line: str, value: str) -> None:
    assert repr(read(tmp_path / "rows.jsonl", f'{{"a":null}}\n{line}\n', schema(type_))[1]) == value


@pytest.mark.parametrize(
    ("type_", "value", "told"),
    [
        ("int8", "128", "expected int8"),
        ("int64", "1.0", "expected int64"),
        ("int64", "true", "expected int64"),
        ("int64", '"1"', "expected int64"),
        ("float64", "true", "expected double"),
        ("float64", "9007199254740993", "expected double"),
        ("float32", "1e300", "it is too large"),
        ("boolean", "1", "expected bool"),
        ("text", "1", "expected string"),
        ("bytes", '"?"', "it is no base64"),
        ("date", "20", "expected date32"),
        ("date", '"2026-02-30"', "expected date32"),
        (MONEY, '"1.234"', "expected decimal128"),
        (MONEY, '"x"', "it is no number"),
        (MONEY, '"NaN"', "it is no number"),
        (MONEY, "true", "expected decimal128"),
        ({"kind": "decimal", "precision": 38, "scale": 10}, "1234567.1234567891", "must be written as text"),
        (UTC_TIME, '"2026-11-27T10:00:00"', "expected timestamp"),
        (LOCAL_TIME, '"2026-11-27T10:00:00Z"', "expected timestamp"),
        (LOCAL_TIME, '"2026-11-27T10:00:00.0001"', "expected timestamp"),
        (LINES, '"xy"', "expected list<"),
        (LINES, "[1]", "expected list<"),
        (LINES, '[{"sku":"x","size":1}]', "it has fields that the type lacks"),
        (LINES, '[{"price":"1"}]', "field 'sku' must have a value"),
    ],
)
def test_a_value_of_another_type_is_a_fault_with_line_and_column(
    tmp_path: Path, type_: object, value: str, told: str
) -> None:
    with pytest.raises(NonRetryable, match=r"^line 3, column 'a': ") as caught:
        read(tmp_path / "rows.jsonl", f'{{"a":null}}\n\n{{"a":{value}}}\n', schema(type_))

    assert told in str(caught.value)


def test_a_column_that_is_not_expected_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(NonRetryable, match="line 2, column 'b': expected the columns a; found another"):
        read(tmp_path / "rows.jsonl", '{"a":1}\n{"a":1,"b":2}\n', schema("int64"))


def test_a_row_without_a_value_that_must_be_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(NonRetryable, match=r"line 2, column 'a': .*must have a value"):
        read(tmp_path / "rows.jsonl", '{"a":1}\n{}\n', schema("int64", nullable=False))


@pytest.mark.parametrize(
    ("type_", "cells", "told"),
    [
        ("int8", ["1", "200"], r"line 3, column 'a': expected int8; found '200'"),
        (MONEY, ["1.10", "", "1.234"], r"line 4, column 'a': expected decimal128\(12, 2\); found '1.234'"),
        ("date", ['"2026-11-27"', "27.11.2026"], r"line 3, column 'a': expected date32\[day\]; found '27.11.2026'"),
        (LINES, ["x"], "column 'a': expected a type that CSV can hold; found list<"),
    ],
)
def test_a_cell_of_another_type_is_a_fault_with_line_and_column(
    tmp_path: Path, type_: object, cells: list[str], told: str
) -> None:
    with pytest.raises(NonRetryable, match=told):
        read(tmp_path / "rows.csv", "\n".join([["b", "a"][1], *cells]) + "\n", schema(type_))


@pytest.mark.parametrize(
    ("header", "told"),
    [("b", "missing: a; not expected: b"), ("a,b", "missing: none; not expected: b")],
)
def test_a_header_must_name_the_columns_that_are_given(tmp_path: Path, header: str, told: str) -> None:
    with pytest.raises(NonRetryable, match=told):
        read(tmp_path / "rows.csv", f"{header}\n", schema("int8"))


def test_a_cell_that_must_not_be_empty_is_a_fault(tmp_path: Path) -> None:
    two = declared_schema(
        COLUMNS.validate_python([{"name": "a", "type": "int8", "nullable": False}, {"name": "b", "type": "text"}])
    )

    with pytest.raises(NonRetryable, match="line 3, column 'a': expected int8; found ''"):
        read(tmp_path / "rows.csv", "a,b\n1,x\n,y\n", two)


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (["1", "", "-20"], pa.int64()),
        (["1", "2.5", "1e3"], pa.float64()),
        (["true", "False"], pa.bool_()),
        (["2026-11-27"], pa.date32()),
        (["2026-11-27T10:00:00", "2026-11-27 10:00:00.5"], pa.timestamp("us")),
        (["2026-11-27T10:00:00Z", "2026-11-27T10:00:00+01:00"], pa.timestamp("us", "UTC")),
        (["007", "8"], pa.string()),
        (["1", "x"], pa.string()),
        (["1", "true"], pa.string()),
        (["9007199254740993", "1"], pa.int64()),
        (["9007199254740993", "1.5"], pa.string()),
        (["99999999999999999999"], pa.string()),
        (["2026-02-30"], pa.string()),
        (["nan"], pa.string()),
        ([""], pa.string()),
    ],
)
@pytest.mark.parametrize("block", [32, 1 << 20])  # The smaller one ends behind each row, or nearly so.
def test_the_type_of_a_csv_column_holds_every_text_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[str], type_: pa.DataType, block: int
) -> None:
    monkeypatch.setattr("tabular_worker.csv_files.BLOCK_BYTES", block)
    (tmp_path / "rows.csv").write_text("a,b\n" + "".join(f"{cell},x\n" for cell in cells))

    assert open_csv(tmp_path / "rows.csv", None, ",").schema.field("a").type == type_


def test_an_empty_cell_is_no_value_and_quotes_make_it_a_text(tmp_path: Path) -> None:
    assert read(tmp_path / "rows.csv", 'a,b\n,1\n"",1\n', None) == [None, ""]


def test_an_empty_line_is_a_row_where_there_is_but_one_column(tmp_path: Path) -> None:
    assert read(tmp_path / "rows.csv", "a\n1\n\n2\n", None) == [1, None, 2]
