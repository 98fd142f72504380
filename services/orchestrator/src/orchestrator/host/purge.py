"""Purges an ended instance: its payloads first, then its turns, its head last, which becomes a tombstone.

What if the process dies …
  between two batches: the head still says that the instance has ended, the request comes again and goes on.
  after the last: the request comes again and finds the tombstone.

1. What has not ended, or what the run that started it may still ask for, is not purged. The request is settled all the
   same: whoever wants it gone ends it first.
2. Every execution of the instance goes with it.
"""

from __future__ import annotations

import logging

from durable.errors import Refusal, WriteRefused
from durable.ids import message_id, partition_of
from durable.ports import RecordStore, Replace
from durable.requests import PURGE, OwnerRequest
from orchestrator.heads import Head, decode_head
from orchestrator.host.erasing import erase
from orchestrator.host.grounds import Done, Grounds
from orchestrator.host.patience import until_answered
from orchestrator.records import records_range
from orchestrator.tombstones import Tombstone, encode_tombstone, is_tombstone

_LOG = logging.getLogger(__name__)


def purge_request(instance_id: str, run: str) -> OwnerRequest:
    """Make the request to purge one run of an instance, if it has ended by then."""
    return OwnerRequest(message_id(instance_id, run, PURGE, 0), instance_id, PURGE, run)


async def may_be_purged(head: Head, store: RecordStore, partition_count: int) -> bool:
    """Tell whether nobody needs an instance any more: it has ended, and so has the run that waits for its outcome.

    Raises:
        UndecodableMessage: the head of its parent can't be read.
        WriteUncertain: the store did not answer in time.
    """
    parent = head.parent
    if parent is None or not head.status.ended:
        return head.status.ended
    stored = await store.read(partition_of(parent.instance_id, partition_count), parent.instance_id)
    if stored is None or is_tombstone(stored.record):
        return True
    of_parent = decode_head(stored.record)
    return of_parent.run != parent.run or of_parent.status.ended


async def purge(request: OwnerRequest, grounds: Grounds) -> Done:
    """Handle one request."""
    id_ = request.instance_id
    grounds.loader.token = await grounds.committer.token()
    stored = await grounds.loader.head(id_)
    if stored is None or is_tombstone(stored.record):
        return Done()
    head = decode_head(stored.record)
    if request.run not in ("", head.run):
        return Done()
    if not await until_answered(
        lambda: may_be_purged(head, grounds.store, grounds.partition_count), f"parent of {id_}"
    ):
        _LOG.warning("instance %s is not purged: it is %s, or its parent is not done with it", id_, head.status)
        return Done()
    grounds.residents.drop(id_)
    async with grounds.upkeep.still:
        await _erase_all(head, stored.etag, grounds)
    _LOG.info("instance %s is purged", id_)
    return Done()


async def _erase_all(head: Head, etag: str, grounds: Grounds) -> None:
    id_ = head.instance_id
    ids = [record["id"] for record in await grounds.loader.records(*records_range(id_))]
    tombstone = Tombstone(id_, grounds.partition, head.run, head.execution, grounds.clock.now())
    await grounds.vault.delete_all_of(id_)
    try:
        await erase(ids, grounds.committer, Replace(encode_tombstone(tombstone), etag))
    except WriteRefused as refused:
        stored = await grounds.loader.head(id_)
        if refused.refusal is not Refusal.CHANGED or stored is None or not is_tombstone(stored.record):
            raise
