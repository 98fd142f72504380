"""Purges an ended instance: its turns first, its head last, which becomes a tombstone.

What if the process dies …
  between two batches: the head still says that the instance has ended, the request comes again and goes on.
  after the last: the request comes again and finds the tombstone.

1. What has not ended is not purged. The request is settled all the same: whoever wants it gone ends it first.
2. Every execution of the instance goes with it.
"""

from __future__ import annotations

import logging

from durable.errors import Refusal, WriteRefused
from durable.ids import message_id
from durable.ports import Replace
from durable.requests import PURGE, OwnerRequest
from orchestrator.heads import Head, decode_head
from orchestrator.host.erasing import erase
from orchestrator.host.grounds import Done, Grounds
from orchestrator.records import records_range
from orchestrator.tombstones import Tombstone, encode_tombstone, is_tombstone

_LOG = logging.getLogger(__name__)


def purge_request(instance_id: str, run: str) -> OwnerRequest:
    """Make the request to purge one run of an instance, if it has ended by then."""
    return OwnerRequest(message_id(instance_id, run, PURGE, 0), instance_id, PURGE, run)


def may_be_purged(head: Head) -> bool:
    """Tell whether nobody needs the instance any more."""
    return head.status.ended


async def purge(request: OwnerRequest, grounds: Grounds) -> Done:
    """Handle one request."""
    id_ = request.instance_id
    stored = await grounds.loader.head(id_)
    if stored is None or is_tombstone(stored.record):
        return Done()
    head = decode_head(stored.record)
    if request.run not in ("", head.run):
        return Done()
    if not may_be_purged(head):
        _LOG.warning("instance %s is not purged: it is %s", id_, head.status)
        return Done()
    grounds.residents.drop(id_)
    tombstone = Tombstone(id_, grounds.partition, head.run, head.execution, grounds.clock.now())
    async with grounds.upkeep.still:
        stored_of_it = await grounds.loader.records(*records_range(id_))
        await erase([record["id"] for record in stored_of_it], grounds.committer)
        await _replace_head(tombstone, stored.etag, grounds)
    _LOG.info("instance %s is purged", id_)
    return Done()


async def _replace_head(tombstone: Tombstone, etag: str, grounds: Grounds) -> None:
    try:
        receipt = await grounds.committer.rewrite([Replace(encode_tombstone(tombstone), etag)])
    except WriteRefused as refused:
        stored = await grounds.loader.head(tombstone.instance_id)
        if refused.refusal is not Refusal.CHANGED or stored is None or not is_tombstone(stored.record):
            raise
    else:
        grounds.loader.token = receipt.token
