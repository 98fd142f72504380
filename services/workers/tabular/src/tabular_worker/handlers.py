"""The activities of the tabular worker: files come by way of a temporary folder, so that none need fit into memory."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from contracts.conversions import (
    CONVERT_TABLE,
    DELETE_TABLES,
    ConvertedTable,
    ConvertTable,
    DeletedTables,
    TableColumn,
    TableFolder,
)
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
from durable.stores import ObjectStores
from durable.worker import Worker
from durable.worker.processes import Processes
from durable.worker.threads import Threads
from tabular_worker.apart import checked_table, converted_file, converted_rows, run_apart
from tabular_worker.conversion import job_of
from tabular_worker.declared import declared_schema
from tabular_worker.spool import chunks, fetch

DELETED_AT_ONCE = 1000
worker = Worker("tabular")


@worker.handles(CONVERT_TABLE)
async def convert_table(
    request: ConvertTable, stores: ObjectStores, threads: Threads, processes: Processes
) -> ConvertedTable:
    """Write a table in another format, over whatever an earlier run has written there; bad tables fail for good."""
    job = job_of(request)
    source, target = stores[request.source.store], stores[request.target.store]
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        read, made = Path(folder, "source"), Path(folder, "target")
        await fetch(source, request.source.name, read, request.source_bytes_max)
        converted = await run_apart(processes, converted_file, (job, read, made))
        written = await target.put(request.target.name, chunks(made, threads))
    columns = [TableColumn(name=field.name, type=str(field.type)) for field in converted.schema]
    return ConvertedTable(target=request.target, size=written.size, rows=converted.rows, columns=columns)


@worker.handles(DELETE_TABLES)
async def delete_tables(request: TableFolder, stores: ObjectStores) -> DeletedTables:
    """Remove all that lies in a folder; what is gone already is no error."""
    store = stores[request.store]
    count = 0
    after = ""
    while page := await store.page(request.folder, after, DELETED_AT_ONCE):
        for found in page:
            await store.delete(found.name)
        count += len(page)
        after = page[-1].name
    return DeletedTables(count=count)


@worker.handles(ROWS_TO_PARQUET)
async def rows_to_parquet(
    request: ConvertRows, objects: ObjectStore, threads: Threads, processes: Processes
) -> WrittenTable:
    """Write the rows as a table, over whatever an earlier run has written there; bad rows fail for good."""
    schema = None if request.columns is None else declared_schema(request.columns)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "rows.jsonl"), Path(folder, "table.parquet")
        await fetch(objects, request.source, source)
        table = await run_apart(processes, converted_rows, (source, target, schema))
        written = await objects.put(request.target, chunks(target, threads))
    return WrittenTable(object=written.name, size=written.size, rows=table.rows, columns=list(table.columns))


@worker.handles(CHECK_PARQUET)
async def check_parquet(request: CheckTable, objects: ObjectStore, processes: Processes) -> CheckedTable:
    """Read a table back from the store, every row of it, and compare; one that differs fails for good."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "table.parquet")
        await fetch(objects, request.object, file)
        found = await run_apart(processes, checked_table, file)
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
