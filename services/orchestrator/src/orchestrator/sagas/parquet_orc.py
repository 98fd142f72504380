"""Write the Parquet files of a folder as ORC, page by page; if one can't be had, no output is left behind.

1. A page is converted before the next is listed. Every so many pages a new execution begins, so that the history is
   bounded however long the listing is; what was done so far goes along.
2. Outputs lie in a folder of this instance alone, named as their sources are; one undo removes the folder as a whole.
3. What is listed and gone when it is read is skipped, as is what is no `*.parquet`: both are counted, and the first are
   named. Any other failure undoes the run.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from contracts.catalogue import TABLES_RECEIVED
from contracts.conversions import (
    CAPACITIES,
    CONVERT_TABLE,
    DELETE_TABLES,
    ORC,
    PARQUET,
    SKIPPED_TOLD_MAX,
    ConvertedTable,
    ConvertTable,
    SkippedTable,
    TableFolder,
    TablesProgress,
    TablesReceived,
    TablesReport,
)
from contracts.locations import Location
from contracts.storage import LIST_PAGE, ListedObject, ListPage
from durable import MapResult, RetryPolicy, SagaContext, SagaError, Timeouts, Tolerance, saga

NAME = "parquet-orc"
ENDING = ".parquet"
HISTORY_EVENTS_MAX = 4000
# What runs is waited for, so that no table is written after its folder was deleted.
ALL = Tolerance(share=1)
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
CONVERSION = Timeouts(start_to_close=timedelta(hours=2))
LISTING = Timeouts(start_to_close=timedelta(minutes=10))


class TablesNotConverted(SagaError):
    """Tables of a page could not be converted; names the first and says why."""


@saga(NAME, starts_on=TABLES_RECEIVED)
async def parquet_orc(ctx: SagaContext, received: TablesReceived) -> TablesReport:
    """Convert what lies in the folder, so many tables at once as the container size allows."""
    outputs = f"{received.folder}/{ctx.instance_id}"
    report = TablesReport(outputs=outputs) if received.progress is None else received.progress.report
    continuation = None if received.progress is None else received.progress.continuation
    if received.progress is None:
        # Before the tables are written, and for all executions: undos go along.
        ctx.compensate(DELETE_TABLES, TableFolder(store=received.target_store, folder=outputs))

    while True:
        asked = ListPage(
            store=received.store, prefix=received.prefix, page_size=received.page_size, continuation=continuation
        )
        page = await ctx.call(LIST_PAGE, asked, retry=RETRY, timeouts=LISTING)
        await _convert(ctx, received, page.objects, report)
        report.pages += 1
        continuation = page.continuation
        if continuation is None:
            return report
        ctx.set_status(report.model_dump(exclude={"skipped_first"}))
        if ctx.history_length >= HISTORY_EVENTS_MAX:
            progress = TablesProgress(continuation=continuation, report=report)
            ctx.continue_as_new(received.model_copy(update={"progress": progress}))


async def _convert(
    ctx: SagaContext, received: TablesReceived, listed: list[ListedObject], report: TablesReport
) -> None:
    capacity = CAPACITIES[received.container_size]
    tables = [found.name for found in listed if found.name.endswith(ENDING)]
    for found in listed:
        if not found.name.endswith(ENDING):
            _skip(report, found.name, "not named *.parquet")

    async def convert(name: str) -> ConvertedTable:
        below = name.removeprefix(f"{received.prefix}/") if received.prefix else name
        request = ConvertTable(
            source=Location(store=received.store, name=name),
            target=Location(store=received.target_store, name=f"{report.outputs}/{below.removesuffix(ENDING)}.orc"),
            source_type=PARQUET,
            target_type=ORC,
            source_bytes_max=capacity.source_bytes_max,
        )
        return await ctx.call(CONVERT_TABLE, request, retry=RETRY, timeouts=CONVERSION)

    _note(report, tables, await ctx.map(convert, tables, max_concurrency=capacity.at_once, tolerate=ALL))


def _note(report: TablesReport, tables: list[str], result: MapResult[ConvertedTable]) -> None:
    failed = [(tables[index], failure) for index, failure in result.failed if not failure.matches("ObjectNotFound")]
    if failed:
        name, failure = failed[0]
        raise TablesNotConverted(
            f"{len(failed)} of {len(tables)} tables of page {report.pages + 1} could not be converted; the first is "
            f"{name!r}: {failure.message}"
        )
    for index, _ in result.failed:
        _skip(report, tables[index], "gone before it was read")
    for _, table in result.succeeded:
        report.converted += 1
        report.rows += table.rows
        report.size += table.size


def _skip(report: TablesReport, name: str, reason: Literal["not named *.parquet", "gone before it was read"]) -> None:
    report.skipped += 1
    if len(report.skipped_first) < SKIPPED_TOLD_MAX:
        report.skipped_first.append(SkippedTable(name=name, reason=reason))
