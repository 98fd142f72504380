from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.rows import (
    CHECK_PARQUET,
    DELETE_TABLE,
    ROWS_TO_PARQUET,
    CheckedTable,
    CheckTable,
    ConvertRows,
    WrittenTable,
)
from durable.adapters.objects import objects_from
from durable.failure import Failure
from durable.objects import ObjectStore
from tabular_worker.handlers import worker
from tests.support.handlers import Calls, calls_to
from tests.support.samples import sample

COLUMNS = ["id", "harbour", "tons", "inspected"]
CONVERT = ConvertRows(source="in/landings-1.jsonl", target="out/landings.parquet")


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from(tmp_path.as_uri())


@pytest.fixture
async def calls(objects: ObjectStore) -> AsyncIterator[Calls]:
    for name in ("landings-1.jsonl", "broken.jsonl", "empty.pdf"):
        await objects.put(f"in/{name}", sample(name))
    async with calls_to(worker, objects) as calls:
        yield calls


async def test_rows_are_written_as_a_table_and_again_without_harm(calls: Calls, objects: ObjectStore) -> None:
    first = await calls.call(ROWS_TO_PARQUET, CONVERT)
    second = await calls.call(ROWS_TO_PARQUET, CONVERT)

    size = (await objects.info("out/landings.parquet")).size
    assert first == second == WrittenTable(object="out/landings.parquet", size=size, rows=200, columns=COLUMNS)


async def test_a_table_that_holds_what_it_should_passes_the_check(calls: Calls) -> None:
    written = await calls.call(ROWS_TO_PARQUET, CONVERT)

    checked = await calls.call(CHECK_PARQUET, CheckTable(object=written.object, rows=200, columns=COLUMNS))

    assert checked == CheckedTable(object=written.object, rows=200)


@pytest.mark.parametrize(
    ("rows", "columns", "told"),
    [(199, COLUMNS, "with 199 rows"), (200, COLUMNS[:2], "columns id, harbour;"), (200, COLUMNS[::-1], "found 200")],
)
async def test_a_table_that_differs_fails_for_good(calls: Calls, rows: int, columns: list[str], told: str) -> None:
    await calls.call(ROWS_TO_PARQUET, CONVERT)

    failure = await calls.call(CHECK_PARQUET, CheckTable(object=CONVERT.target, rows=rows, columns=columns))

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert told in failure.message
    assert failure.details == {"rows": 200, "columns": COLUMNS}


async def test_a_table_is_deleted_and_again_without_harm(calls: Calls, objects: ObjectStore) -> None:
    written = await calls.call(ROWS_TO_PARQUET, CONVERT)

    assert await calls.call(DELETE_TABLE, written) == written
    assert await calls.call(DELETE_TABLE, written) == written
    assert [found async for found in objects.list("out")] == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("in/broken.jsonl", "line 18: expected a JSON object"),
        ("in/empty.pdf", "expected JSON lines; found an empty file"),
        ("in/none.jsonl", "none.jsonl"),
    ],
)
async def test_bad_rows_fail_for_good_and_write_nothing(
    calls: Calls, objects: ObjectStore, source: str, told: str
) -> None:
    failure = await calls.call(ROWS_TO_PARQUET, ConvertRows(source=source, target="out/t.parquet"))

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert told in failure.message
    assert [found async for found in objects.list("out")] == []
