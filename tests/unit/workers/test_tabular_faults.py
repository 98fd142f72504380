from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from contracts.conversions import Compression, ConvertTable
from durable import NonRetryable
from durable.worker.processes import Processes, preload
from tabular_worker.apart import run_apart
from tabular_worker.conversion import Job, convert_file, job_of
from tabular_worker.formats import Format
from tabular_worker.orc_types import stored_batch, stored_schema
from tests.support.crashing import convert_damaged

preload("tabular_worker.warm")
TABLE = pa.table({"a": list(range(3000)), "b": [f"text {n}" for n in range(3000)]})

SMALL = pa.table({"a": pa.array(range(50), pa.uint16()), "b": [f"text {n}" for n in range(50)], "c": [[1, None]] * 50})


def as_parquet(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def as_orc(table: pa.Table | pa.RecordBatch) -> bytes:
    table = table if isinstance(table, pa.Table) else pa.Table.from_batches([table])
    sink = pa.BufferOutputStream()
    orc.write_table(table, sink)
    written: bytes = sink.getvalue().to_pybytes()
    return written


PARQUET = as_parquet(TABLE, compression="none", use_dictionary=False)
ORC = as_orc(TABLE)
ORC_OF_ALL = as_orc(stored_batch(SMALL.to_batches()[0], stored_schema(SMALL.schema)))


def fault(folder: Path, content: bytes, source: str, target: str = "t.parquet", **more: Any) -> NonRetryable:
    """Convert a file, and give the fault of it."""
    request = {"source": {"name": source}, "target": {"name": f"out-{target}"}, **more}
    (folder / "source").write_bytes(content)
    with pytest.raises(NonRetryable) as caught:
        convert_file(job_of(ConvertTable.model_validate(request)), folder / "source", folder / "target")
    return caught.value


@pytest.mark.parametrize(
    ("content", "told", "details"),
    [
        (b'{"a":1}\n{"a":\n', "line 2: expected a JSON object; found '{\"a\":'", {"line": 2}),
        (b'{"a":1}\n{"a":"x"}\n', "line 2, column 'a': expected int64", {"line": 2, "column": "a"}),
        (b'{"a":1.5}\n{"a":true}\n', "line 2, column 'a': expected double", {"line": 2, "column": "a"}),
        (b'{"a":true}\n{"a":2}\n', "line 2, column 'a': expected bool", {"line": 2, "column": "a"}),
        (b'{"a":["x"]}\n{"a":"xy"}\n', "line 2, column 'a': expected list<item: string>", {"line": 2, "column": "a"}),
        (b'{"a":"xy"}\n{"a":["x"]}\n', "line 2, column 'a': expected string", {"line": 2, "column": "a"}),
        (
            b'{"a":{"b":1}}\n{"a":{"b":{}}}\n',
            "line 2, column 'a': expected struct<b: int64>",
            {"line": 2, "column": "a"},
        ),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}\n", "line 1, column 'a': ", {"line": 1, "column": "a"}),
    ],
)
def test_json_lines_that_make_no_table_fail_for_good_with_line_and_column(
    tmp_path: Path, content: bytes, told: str, details: object
) -> None:
    failure = fault(tmp_path, content, "rows.jsonl")

    assert told in str(failure)
    assert failure.details == details


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n3\n", "line 3: expected 2 cells, as the header has; found 1: '3'"),
        (b'a,b\n"x\ny",2\n3,4,5\n', "line 4: expected 2 cells, as the header has; found 3: '3,4,5'"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "line 3: expected 2 cells"),
        (b"a,a\n1,2\n", "line 1: expected a header of names that differ; found 'a' twice"),
        (b"a,\n1,2\n", "line 1: expected a header of names that differ; found column 2 without a name"),
        (b"\na,b\n1,2\n", "line 1: expected a header; found a blank line"),
        (b"a,b\n1,x\n2,\xff\n", "line 3: expected UTF-8; found other bytes"),
        (b"\n", "line 1: expected a header of 1 to 2000 columns; found 0"),
        (",".join(map(str, range(2001))).encode(), "line 1: expected a header of 1 to 2000 columns; found 2001"),
    ],
)
def test_csv_that_makes_no_table_fails_for_good_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    assert told in str(fault(tmp_path, content, "rows.csv"))


@pytest.mark.parametrize("source", ["rows.jsonl", "rows.csv", "rows.parquet", "rows.orc"])
def test_an_empty_file_fails_for_good(tmp_path: Path, source: str) -> None:
    assert str(fault(tmp_path, b"", source)).endswith("; found an empty file")


@pytest.mark.parametrize(
    ("content", "source"),
    [
        *((PARQUET[:size], "rows.parquet") for size in (5, 9, 3000, len(PARQUET) - 9, len(PARQUET) - 1)),
        (PARQUET[:300] + PARQUET[900:], "rows.parquet"),
        *((ORC[:size], "rows.orc") for size in (3, 9, 3000, len(ORC) - 9, len(ORC) - 1)),
        (ORC[:300] + ORC[900:], "rows.orc"),
    ],
)
def test_a_file_cut_short_fails_for_good(tmp_path: Path, content: bytes, source: str) -> None:
    failure = fault(tmp_path, content, source, "t.csv")

    assert str(failure).startswith(("expected a Parquet file", "expected an ORC file"))


@pytest.mark.parametrize(
    ("content", "source_type", "told"),
    [
        (b"a,b\n1,2\n", "application/vnd.apache.parquet", "expected a Parquet file; found one that begins with b'a,b"),
        (b"a,b\n1,2\n", "application/vnd.apache.orc", "expected an ORC file; found one that begins with b'a,b"),
        (PARQUET, "text/csv", "expected CSV; found a Parquet file: is its media type right?"),
        (ORC, "application/x-ndjson", "expected JSON lines; found an ORC file: is its media type right?"),
        ("a,b\n".encode("utf-16"), "text/csv", "expected CSV; found binary data or text that is not UTF-8"),
        (b"%PDF-1.7", "text/csv", "expected CSV; found a PDF"),
        (b"a,b\n1,2\n", "application/pdf", "expected a media type out of application/x-ndjson"),
        (b"a,b\n1,2\n", "", "expected a media type, or a name that ends in one of .jsonl"),
        (b"a,b\n1,2\n", "application/x-ndjson", "line 1: expected a JSON object; found 'a,b'"),
    ],
)
def test_a_wrong_media_type_fails_for_good(tmp_path: Path, content: bytes, source_type: str, told: str) -> None:
    assert told in str(fault(tmp_path, content, "file", source_type=source_type))


@pytest.mark.parametrize(
    ("more", "source", "target", "told"),
    [
        ({"columns": [{"name": "a", "type": "text"}]}, "rows.orc", "t.csv", "expected columns for JSON lines or CSV"),
        ({"compression": "zstd"}, "rows.orc", "t.csv", "expected no compression for CSV; found zstd"),
    ],
)
def test_what_can_not_be_asked_for_fails_for_good(
    tmp_path: Path, more: dict[str, Any], source: str, target: str, told: str
) -> None:
    assert told in str(fault(tmp_path, ORC, source, target, **more))


@pytest.mark.parametrize(
    ("column", "target", "told"),
    [
        (pa.array([[1]]), "t.csv", "column 'x': expected a type that CSV can hold; found list<"),
        (pa.array([b"x"]), "t.csv", "column 'x': expected a type that CSV can hold; found binary"),
        (pa.array([float("nan")]), "t.jsonl", "column 'x': expected numbers that JSON can say; found NaN"),
        (pa.array([[{"y": float("inf")}]]), "t.jsonl", "column 'x': expected numbers that JSON can say; found NaN"),
        (
            pa.array([1], pa.duration("s")),
            "t.jsonl",
            "column 'x': expected a type that JSON can say; found duration[s]",
        ),
        (pa.array([1], pa.time32("s")), "t.orc", "column 'x': expected a type that ORC has; found time32[ms]"),
        (pa.array([1 << 60], pa.timestamp("us")), "t.orc", "column 'x': expected values that ORC can hold"),
    ],
)
def test_what_the_target_can_not_keep_fails_for_good_with_the_column(
    tmp_path: Path, column: pa.Array, target: str, told: str
) -> None:
    failure = fault(tmp_path, as_parquet(pa.table({"x": column})), "rows.parquet", target)

    assert told in str(failure)


@pytest.mark.parametrize(("content", "source"), [(as_parquet(SMALL), Format.PARQUET), (ORC_OF_ALL, Format.ORC)])
@pytest.mark.parametrize("target", [Format.ORC, Format.JSON_LINES])
async def test_a_damaged_file_is_read_or_fails_for_good_whatever_the_damage(
    tmp_path: Path, content: bytes, source: Format, target: Format
) -> None:
    (tmp_path / "file").write_bytes(content)
    job = Job(source, target, None, Compression.SNAPPY, ",")
    processes = Processes(1)
    ends = set()

    for seed in range(5):
        try:
            ends |= await run_apart(processes, convert_damaged, (job, tmp_path / "file", seed))
        except NonRetryable:
            ends.add("crashed")
    processes.close()

    assert ends - {"crashed"} == {"read", "refused"}
