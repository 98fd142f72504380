from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dishka import Provider, Scope
from pyarrow import csv, orc

from contracts.conversions import (
    CONVERT_TABLE,
    CSV,
    DELETE_TABLES,
    JSON_LINES,
    Compression,
    ConvertedTable,
    ConvertTable,
    DeletedTables,
    TableColumn,
    TableFolder,
)
from contracts.locations import Location
from durable.adapters.memory import MemoryObjects
from durable.adapters.objects import objects_from
from durable.failure import Failure
from durable.objects import ObjectStore
from durable.stores import ObjectStores
from tabular_worker.conversion import Converted, convert_file, job_of
from tabular_worker.handlers import worker
from tests.support.handlers import Calls, calls_to

FORMATS = ("jsonl", "csv", "parquet", "orc")
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def a_row(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "tons": number / 4,
        "harbour": f'the "{number % 7}", north' if number % 5 else None,
        "inspected": number % 3 == 0,
    }


def a_request(source: str, target: str, **more: Any) -> ConvertTable:
    return ConvertTable.model_validate({"source": {"name": source}, "target": {"name": target}, **more})


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from((tmp_path / "objects").as_uri())


@pytest.fixture
async def calls(objects: ObjectStore) -> AsyncIterator[Calls]:
    async with calls_to(worker, objects) as calls:
        yield calls


async def put_rows(objects: ObjectStore, rows: int) -> list[dict[str, Any]]:
    written = [a_row(number) for number in range(rows)]
    await objects.put("in/rows.jsonl", b"".join(orjson.dumps(row) + b"\n" for row in written))
    return written


def rows_in(content: bytes, format_: str) -> list[dict[str, Any]]:
    if format_ == "jsonl":
        return [orjson.loads(line) for line in content.splitlines()]
    options = csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
    readers = {
        "csv": lambda: csv.read_csv(pa.BufferReader(content), convert_options=options),
        "parquet": lambda: pq.read_table(pa.BufferReader(content)),
        "orc": lambda: orc.read_table(pa.BufferReader(content)),
    }
    found: list[dict[str, Any]] = readers[format_]().to_pylist()
    return found


@pytest.mark.parametrize("rows", [10, 10_000])
async def test_rows_stay_the_same_through_every_pair_of_formats(calls: Calls, objects: ObjectStore, rows: int) -> None:
    written = await put_rows(objects, rows)
    for format_ in FORMATS[1:]:
        await calls.call(CONVERT_TABLE, a_request("in/rows.jsonl", f"in/rows.{format_}"))

    for source, target in permutations(FORMATS, 2):
        found = await calls.call(CONVERT_TABLE, a_request(f"in/rows.{source}", f"out/{source}.{target}"))

        assert isinstance(found, ConvertedTable), (source, target, found)
        assert (found.rows, found.size) == (rows, (await objects.info(f"out/{source}.{target}")).size)
        assert [column.name for column in found.columns] == ["id", "tons", "harbour", "inspected"]
        assert rows_in(await objects.get(f"out/{source}.{target}"), target) == written, (source, target)


async def test_columns_come_with_their_types(calls: Calls, objects: ObjectStore) -> None:
    await put_rows(objects, 5)

    found = await calls.call(CONVERT_TABLE, a_request("in/rows.jsonl", "out/rows.orc"))

    assert found.columns == [
        TableColumn(name="id", type="int64"),
        TableColumn(name="tons", type="double"),
        TableColumn(name="harbour", type="string"),
        TableColumn(name="inspected", type="bool"),
    ]


async def test_a_conversion_again_gives_the_same_bytes(calls: Calls, objects: ObjectStore) -> None:
    await put_rows(objects, 100)
    for format_ in FORMATS[1:]:
        request = a_request("in/rows.jsonl", f"out/rows.{format_}")

        first = await calls.call(CONVERT_TABLE, request)
        content = await objects.get(request.target.name)

        assert await calls.call(CONVERT_TABLE, request) == first
        assert await objects.get(request.target.name) == content


async def test_a_media_type_counts_for_more_than_the_name(calls: Calls, objects: ObjectStore) -> None:
    await objects.put("in/rows.txt", b"a;b\n1;x\n")

    request = a_request("in/rows.txt", "out/rows", source_type=f"{CSV}; charset=utf-8", target_type=JSON_LINES)
    request = request.model_copy(update={"delimiter": ";"})

    assert (await calls.call(CONVERT_TABLE, request)).rows == 1
    assert await objects.get("out/rows") == b'{"a":1,"b":"x"}\n'


def converted(folder: Path, source: str, target: str, **more: Any) -> Converted:
    return convert_file(job_of(a_request(source, target, **more)), folder / source, folder / target)


@pytest.mark.parametrize(("asked", "told"), [(None, "SNAPPY"), ("none", "UNCOMPRESSED"), ("zstd", "ZSTD")])
def test_parquet_is_compressed_as_asked_and_else_with_snappy(tmp_path: Path, asked: str | None, told: str) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"a":1}\n')

    converted(tmp_path, "rows.jsonl", "rows.parquet", compression=asked)

    with pq.ParquetFile(tmp_path / "rows.parquet") as file:
        assert file.metadata.row_group(0).column(0).compression == told


@pytest.mark.parametrize("asked", [None, *Compression])
def test_orc_takes_every_compression_and_else_snappy(tmp_path: Path, asked: Compression | None) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"a":1}\n')

    converted(tmp_path, "rows.jsonl", "rows.orc", compression=asked)

    found = orc.ORCFile(tmp_path / "rows.orc").compression
    assert found == {None: "SNAPPY", "none": "UNCOMPRESSED", "gzip": "ZLIB"}.get(asked, str(asked).upper())


@pytest.mark.parametrize("source", ["csv", "parquet", "orc"])
@pytest.mark.parametrize("target", FORMATS)
def test_a_table_without_rows_stays_one(tmp_path: Path, source: str, target: str) -> None:
    empty = pa.table({"a": pa.array([], pa.int32()), "b": pa.array([], pa.string())})
    writers = {"csv": csv.write_csv, "parquet": pq.write_table, "orc": orc.write_table}
    writers[source](empty, str(tmp_path / f"empty.{source}"))

    found = converted(tmp_path, f"empty.{source}", f"other.{target}")

    assert (found.rows, found.schema.names) == (0, ["a", "b"])
    assert rows_in((tmp_path / f"other.{target}").read_bytes(), target) == []


async def test_source_and_target_may_lie_in_other_stores(objects: ObjectStore) -> None:
    archive = MemoryObjects()
    await archive.put("in/rows.jsonl", b'{"a":1}\n')
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: ObjectStores(objects, {"archive": archive}), provides=ObjectStores)
    async with calls_to(worker, objects, provider) as calls:
        request = a_request("in/rows.jsonl", "out/rows.csv")
        there = Location(store="archive", name="in/rows.jsonl")

        found = await calls.call(CONVERT_TABLE, request.model_copy(update={"source": there}))
        unknown = await calls.call(
            CONVERT_TABLE, request.model_copy(update={"source": Location(store="nowhere", name="in/rows.jsonl")})
        )

    assert found.target == Location(store="main", name="out/rows.csv")
    assert await objects.get("out/rows.csv") == b'"a"\n1\n'
    assert isinstance(unknown, Failure)
    assert not unknown.retryable
    assert "expected one of the stores archive, main" in unknown.message


async def test_a_folder_of_tables_is_deleted_and_again_without_harm(calls: Calls, objects: ObjectStore) -> None:
    for name in ("out/a/1.orc", "out/a/b/2.orc", "out/ab.orc"):
        await objects.put(name, b"x")

    assert await calls.call(DELETE_TABLES, TableFolder(store="main", folder="out/a")) == DeletedTables(count=2)
    assert await calls.call(DELETE_TABLES, TableFolder(store="main", folder="out/a")) == DeletedTables(count=0)
    assert [found.name async for found in objects.list("out")] == ["out/ab.orc"]


async def test_points_in_time_travel_as_text_through_json_and_csv(
    calls: Calls, objects: ObjectStore, tmp_path: Path
) -> None:
    times = pa.table({"at": pa.array([NOON, None, NOON + timedelta(microseconds=1)], pa.timestamp("us", "UTC"))})
    pq.write_table(times, tmp_path / "times")
    await objects.put("in/times.parquet", (tmp_path / "times").read_bytes())
    column = {"name": "at", "type": {"kind": "timestamp", "unit": "us", "zone": "UTC"}}

    for format_ in ("jsonl", "csv"):
        await calls.call(CONVERT_TABLE, a_request("in/times.parquet", f"mid/times.{format_}"))
        await calls.call(CONVERT_TABLE, a_request(f"mid/times.{format_}", f"out/{format_}.parquet", columns=[column]))

        assert pq.read_table(pa.BufferReader(await objects.get(f"out/{format_}.parquet"))).equals(times)
    assert (await objects.get("mid/times.jsonl")).startswith(b'{"at":"2026-11-27T12:00:00Z"}\n{"at":null}\n')


@pytest.mark.parametrize(
    ("content", "more", "told"),
    [
        (b'{"a":1}\n{"a":"x"}\n', {}, "line 2, column 'a': expected int64, as in other lines; found 'x'"),
        (b'{"a":1}\n{"a":2}\n', {"source_bytes_max": 15}, "expected an object of at most 15 bytes; found 'in/a.jsonl'"),
        (b'{"a":1}\n', {"target_type": "text/html"}, "expected a media type out of application/x-ndjson"),
        (None, {}, "there is no object 'in/a.jsonl'"),
    ],
)
async def test_what_can_not_be_converted_fails_for_good_and_writes_nothing(
    calls: Calls, objects: ObjectStore, content: bytes | None, more: dict[str, Any], told: str
) -> None:
    if content is not None:
        await objects.put("in/a.jsonl", content)

    failure = await calls.call(CONVERT_TABLE, a_request("in/a.jsonl", "out/a.parquet", **more))

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert told in failure.message
    assert failure.matches("ObjectNotFound") is (content is None)
    assert [found async for found in objects.list("out")] == []
