"""Write files of JSON lines as Parquet tables, and read each back; if one can't be had, none is left behind."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import ROWS_RECEIVED
from contracts.rows import (
    CHECK_PARQUET,
    DELETE_TABLE,
    ROWS_TO_PARQUET,
    CheckTable,
    ConvertRows,
    RowsReceived,
    TableReport,
    WrittenTable,
)
from durable import RetryPolicy, SagaContext, Tolerance, saga
from orchestrator.sagas.outputs import output_name, stem_of

NAME = "json-to-parquet"
FILES_AT_ONCE = 8
# What runs is waited for, so that no table is written after it was deleted; `outputs` then raises if one is missing.
ALL = Tolerance(share=1)
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))


@saga(NAME, starts_on=ROWS_RECEIVED)
async def json_to_parquet(ctx: SagaContext, received: RowsReceived) -> TableReport:
    """Write one table for each file, in their order."""
    requests = [
        ConvertRows(source=source, target=output_name(NAME, ctx.instance_id, f"{number:04d}-{stem_of(source)}.parquet"))
        for number, source in enumerate(received.objects, start=1)
    ]
    for request in requests:
        # Before the tables are written: of one that failed it is not known whether it was.
        ctx.compensate(DELETE_TABLE, WrittenTable(object=request.target, size=0, rows=0, columns=[]))

    written = await ctx.map(ROWS_TO_PARQUET, requests, max_concurrency=FILES_AT_ONCE, tolerate=ALL, retry=RETRY)
    checks = [CheckTable(object=table.object, rows=table.rows, columns=table.columns) for table in written.outputs]
    await ctx.map(CHECK_PARQUET, checks, max_concurrency=FILES_AT_ONCE, retry=RETRY)
    return TableReport(tables=written.outputs, rows=sum(table.rows for table in written.outputs))
