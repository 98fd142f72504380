"""Deletes records of a partition, in as few batches as they fit into."""

from __future__ import annotations

from collections.abc import Iterable

from durable.errors import Refusal, WriteRefused
from durable.ports import OPERATIONS_MAX, Delete, Operation
from orchestrator.host.committer import Committer


async def erase(ids: Iterable[str], committer: Committer, *closing: Operation) -> None:
    """Delete records, the last id first, so that what is left of a history in between is its beginning.

    One that is gone already is passed over: a batch may have been written before its answer was lost. The `closing`
    operations are done together with the last deletes.

    Raises:
        OwnershipLost: the partition has another owner; some may be deleted.
        WriteRefused: the store refuses a closing operation, or a batch as a whole; those before it are done.
    """
    left = sorted(ids)
    while left or closing:
        chunk = left[-(OPERATIONS_MAX - 1) :][::-1]
        together = closing if len(left) + len(closing) < OPERATIONS_MAX else ()
        try:
            await committer.rewrite([*(Delete(id_) for id_ in chunk), *together])
        except WriteRefused as refused:
            if refused.refusal is not Refusal.MISSING or refused.index >= len(chunk):
                raise
            left.remove(chunk[refused.index])
            continue
        del left[len(left) - len(chunk) :]
        if together or (not left and not closing):
            return
