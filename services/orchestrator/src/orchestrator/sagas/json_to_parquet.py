"""Write files of JSON lines as Parquet tables, and read each back; if one can't be had, none is left behind."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import ROWS_RECEIVED
from contracts.rows import (
    CHECK_PARQUET,
    DELETE_TABLE,
    FAN_OUT,
    ROWS_TO_PARQUET,
    CheckedTable,
    CheckTable,
    ConvertRows,
    RowsReceived,
    TableReport,
    WrittenTable,
)
from durable import RetryPolicy, SagaContext, Timeouts, Tolerance, saga
from orchestrator.sagas.outputs import output_name, stem_of

NAME = "json-to-parquet"
FILES_AT_ONCE = FAN_OUT  # unless another number is asked for
# What runs is waited for, so that no table is written after it was deleted; `outputs` then raises if one is missing.
ALL = Tolerance(share=1)
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
TIMEOUTS = Timeouts(start_to_close=timedelta(hours=2))


@saga(NAME, starts_on=ROWS_RECEIVED)
async def json_to_parquet(ctx: SagaContext, received: RowsReceived) -> TableReport:
    """Write one table for each file, in their order, so many at once as is asked for."""
    requests = [
        ConvertRows(source=source, target=_target(ctx, received, number, source), columns=received.columns)
        for number, source in enumerate(received.objects, start=1)
    ]
    for request in requests:
        # Before the tables are written: of one that failed it is not known whether it was.
        ctx.compensate(DELETE_TABLE, WrittenTable(object=request.target, size=0, rows=0, columns=[]))

    async def write(request: ConvertRows) -> WrittenTable:
        return await ctx.call(ROWS_TO_PARQUET, request, retry=RETRY, timeouts=TIMEOUTS)

    async def check(table: CheckTable) -> CheckedTable:
        return await ctx.call(CHECK_PARQUET, table, retry=RETRY, timeouts=TIMEOUTS)

    written = await ctx.map(write, requests, max_concurrency=received.fan_out, tolerate=ALL)
    checks = [CheckTable(object=table.object, rows=table.rows, columns=table.columns) for table in written.outputs]
    await ctx.map(check, checks, max_concurrency=received.fan_out)
    return TableReport(tables=written.outputs, rows=sum(table.rows for table in written.outputs))


def _target(ctx: SagaContext, received: RowsReceived, number: int, source: str) -> str:
    return output_name(received.folder, ctx.instance_id, f"{number:04d}-{stem_of(source)}.parquet")
