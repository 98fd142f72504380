"""Copy an object within a store or to another, and read the copy back; a copy that is not what it should be goes."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import BLOB_COPY_REQUESTED
from contracts.storage import (
    CHECK_OBJECT,
    COPY_OBJECT,
    DELETE_LOCATIONS,
    FIND_OBJECT,
    BlobCopyRequested,
    CopyObject,
    DeleteLocations,
    FindObject,
    StoredObject,
)
from durable import RetryPolicy, SagaContext, Timeouts, saga

NAME = "copy-blob"
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
QUICK = Timeouts(start_to_close=timedelta(minutes=5))
# As long as bytes flow, however many they are; each chunk is a heartbeat.
FLOWING = Timeouts(start_to_close=timedelta(hours=12), heartbeat=timedelta(minutes=5))


@saga(NAME, starts_on=BLOB_COPY_REQUESTED)
async def copy_blob(ctx: SagaContext, request: BlobCopyRequested) -> StoredObject:
    """Copy the source over the target, and tell what the target holds now."""
    found = await ctx.call(FIND_OBJECT, FindObject(object=request.target), retry=RETRY, timeouts=QUICK)
    undo = DeleteLocations(objects=[request.target])
    if found.size is None:
        # Before the copy: of one that timed out it is not known whether it was written.
        ctx.compensate(DELETE_LOCATIONS, undo)

    copy = CopyObject(source=request.source, target=request.target)
    copied = await ctx.call(COPY_OBJECT, copy, retry=RETRY, timeouts=FLOWING)
    if found.size is not None:
        # Not earlier: until the copy is whole, what lay there still does, and is not ours to delete.
        ctx.compensate(DELETE_LOCATIONS, undo)

    await ctx.call(CHECK_OBJECT, copied, retry=RETRY, timeouts=FLOWING)
    return copied
