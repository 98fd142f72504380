"""What is undone where a saga writes to a place that somebody else has named."""

from __future__ import annotations

from datetime import timedelta

from contracts.locations import Location
from contracts.storage import DELETE_LOCATIONS, FIND_OBJECT, DeleteLocations, FindObject
from durable import RetryPolicy, SagaContext, Timeouts

RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
QUICK = Timeouts(start_to_close=timedelta(minutes=1))


async def undo_if_new(ctx: SagaContext, target: Location) -> None:
    """Before the step that writes to a target: if nothing lies there, what the step writes goes if the saga fails.

    What lies there already is not the saga's to delete: it stays until the step has written all of its own.
    """
    found = await ctx.call(FIND_OBJECT, FindObject(object=target), retry=RETRY, timeouts=QUICK)
    if found.size is None:
        ctx.compensate(DELETE_LOCATIONS, DeleteLocations(objects=[target]))
