from pathlib import Path

import pyarrow.parquet as pq
import pytest

from durable import NonRetryable
from tabular_worker import rows
from tabular_worker.parquet import Table, convert, read_back
from tests.support.samples import FILES


def converted(folder: Path, content: bytes) -> list[dict[str, object]]:
    source, target = folder / "rows", folder / "table"
    source.write_bytes(content)
    table = convert(source, target)
    assert read_back(target) == table
    found: list[dict[str, object]] = pq.read_table(target).to_pylist()
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("landings-1.jsonl", Table(200, ("id", "harbour", "tons", "inspected"))),
        ("landings-2.jsonl", Table(120, ("inspected", "tons", "harbour", "id", "remark"))),
        ("landings-3.jsonl", Table(40, ("id", "harbour", "catch", "place"))),
    ],
)
def test_a_file_becomes_a_table(tmp_path: Path, name: str, expected: Table) -> None:
    assert convert(FILES / name, tmp_path / "table") == expected
    assert read_back(tmp_path / "table") == expected


def test_values_stay_what_they_are_in_their_order(tmp_path: Path) -> None:
    content = '{"a":1,"b":"Łódź"}\n{"b":null,"c":[{"d":true}]}\n{"a":2}\n'.encode()

    assert converted(tmp_path, content) == [
        {"a": 1, "b": "Łódź", "c": None},
        {"a": None, "b": None, "c": [{"d": True}]},
        {"a": 2, "b": None, "c": None},
    ]


def test_whole_numbers_widen_to_fractions(tmp_path: Path) -> None:
    assert converted(tmp_path, b'{"a":1}\n{"a":2.5}\n') == [{"a": 1.0}, {"a": 2.5}]


def test_blank_lines_and_a_byte_order_mark_are_skipped(tmp_path: Path) -> None:
    assert converted(tmp_path, b'\xef\xbb\xbf{"a":1}\n\n \r\n{"a":2}') == [{"a": 1}, {"a": 2}]


def test_a_column_without_values_is_text(tmp_path: Path) -> None:
    assert converted(tmp_path, b'{"a":null}\n') == [{"a": None}]
    assert str(pq.read_schema(tmp_path / "table").field("a").type) == "string"


def test_rows_of_many_batches_make_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCH_ROWS_MAX", 10)
    content = b"".join(b'{"n":%d%s}\n' % (n, b',"late":1.5' if n > 30 else b"") for n in range(45))

    found = converted(tmp_path, content)

    assert [row["n"] for row in found] == list(range(45))
    assert [row["late"] for row in found] == [None] * 31 + [1.5] * 14


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "found an empty file"),
        (b"\n \n", "expected rows with columns; found none"),
        (b"{}\n{}\n", "expected rows with columns; found none"),
        (b'{"a":1}\n\n{"a":\n', r"line 3: expected a JSON object; found '\{\"a\":'"),
        (b'{"a":1}\n[1]\n', "line 2: expected a JSON object; found a list"),
        (b'"a"\n', "line 1: expected a JSON object; found text"),
        (b"\xff\xfe\n", "line 1: expected a JSON object"),
        (b'{"a":NaN}\n', "line 1: expected a JSON object"),
        (b'{"a":1}\n{"a":null}\n{"a":"x"}\n', "line 3, column 'a': expected int64, as in other lines; found 'x'"),
        (b'{"a":"x"}\n{"a":1}\n', "line 2, column 'a': expected string, as in other lines; found 1"),
        (b'{"a":[1]}\n{"a":{"b":1}}\n', "line 2, column 'a': expected list<item: int64>"),
        (b'{"a":9007199254740993}\n{"a":1.5}\n', "line 1, column 'a': expected double"),
        (b'{"a":{}}\n', "expected rows that Parquet can hold"),
    ],
)
def test_rows_that_make_no_table_are_a_final_failure_that_names_the_line(
    tmp_path: Path, content: bytes, told: str
) -> None:
    with pytest.raises(NonRetryable, match=told):
        converted(tmp_path, content)


def test_a_line_longer_than_is_sane_is_a_final_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LINE_BYTES_MAX", 100)

    with pytest.raises(NonRetryable, match="line 2: expected at most 100 bytes"):
        converted(tmp_path, b'{"a":1}\n{"a":"' + b"x" * 200 + b'"}\n')


def test_a_line_cut_off_in_the_sample_is_named(tmp_path: Path) -> None:
    with pytest.raises(NonRetryable, match="line 18: expected a JSON object"):
        convert(FILES / "broken.jsonl", tmp_path / "table")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"hello world"])
def test_what_is_no_parquet_is_a_final_failure(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "table").write_bytes(content)

    with pytest.raises(NonRetryable, match="expected a Parquet file"):
        read_back(tmp_path / "table")
