"""The activities of the tabular worker: files come by way of a temporary folder, so that none need fit into memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts.rows import (
    CHECK_PARQUET,
    DELETE_TABLE,
    ROWS_TO_PARQUET,
    CheckedTable,
    CheckTable,
    ConvertRows,
    WrittenTable,
)
from durable import NonRetryable
from durable.objects import ObjectStore
from durable.worker import Worker
from durable.worker.threads import Threads
from tabular_worker.parquet import convert, read_back

CHUNK_BYTES = 1 << 20
worker = Worker("tabular")


@worker.handles(ROWS_TO_PARQUET)
async def rows_to_parquet(request: ConvertRows, objects: ObjectStore, threads: Threads) -> WrittenTable:
    """Write the rows as a table, over whatever an earlier run has written there; bad rows fail for good."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "rows.jsonl"), Path(folder, "table.parquet")
        await _fetch(objects, request.source, source)
        table = await threads.run(convert, source, target)
        written = await objects.put(request.target, _chunks(target, threads))
    return WrittenTable(object=written.name, size=written.size, rows=table.rows, columns=list(table.columns))


@worker.handles(CHECK_PARQUET)
async def check_parquet(request: CheckTable, objects: ObjectStore, threads: Threads) -> CheckedTable:
    """Read a table back from the store, every row of it, and compare; one that differs fails for good."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "table.parquet")
        await _fetch(objects, request.object, file)
        found = await threads.run(read_back, file)
    expected = (request.rows, tuple(request.columns))
    if (found.rows, found.columns) != expected:
        raise NonRetryable(
            f"expected table {request.object!r} with {request.rows} rows and columns {', '.join(request.columns)}; "
            f"found {found.rows} rows and columns {', '.join(found.columns)}",
            {"rows": found.rows, "columns": found.columns},
        )
    return CheckedTable(object=request.object, rows=found.rows)


@worker.handles(DELETE_TABLE)
async def delete_table(request: WrittenTable, objects: ObjectStore) -> WrittenTable:
    """Remove a table; one that is gone already, or was never written, is no error."""
    await objects.delete(request.object)
    return request


async def _fetch(objects: ObjectStore, name: str, file: Path) -> None:
    with file.open("wb") as target:
        async for chunk in objects.stream(name):
            target.write(chunk)


async def _chunks(file: Path, threads: Threads) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := await threads.run(source.read, CHUNK_BYTES):
            yield chunk
