"""Deletes records of a partition, in as few batches as they fit into."""

from __future__ import annotations

from collections.abc import Iterable

from durable.errors import Refusal, WriteRefused
from durable.ports import OPERATIONS_MAX, Delete
from orchestrator.host.committer import Committer


async def erase(ids: Iterable[str], committer: Committer) -> None:
    """Delete records, the last id first, so that what is left of a history in between is its beginning.

    One that is gone already is passed over: a batch may have been written before its answer was lost.

    Raises:
        OwnershipLost: the partition has another owner; some may be deleted.
    """
    left = sorted(ids)
    while left:
        chunk = left[-(OPERATIONS_MAX - 1) :][::-1]
        try:
            await committer.rewrite([Delete(id_) for id_ in chunk])
            del left[-len(chunk) :]
        except WriteRefused as refused:
            if refused.refusal is not Refusal.MISSING:
                raise
            left.remove(chunk[refused.index])
