"""Remembers runs that a parent called off before they began: their starts, when they come, begin nothing.

What if the process dies …
  before the write: the message comes again. After it: the same, and finds it written.

1. For an id that nobody has it leaves a tombstone; an instance whose next run is called off keeps it in its head.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from durable.errors import Refusal, WriteRefused
from durable.messages import InstanceMessage
from durable.ports import Create, Operation, Replace
from orchestrator.heads import decode_head, encode_head
from orchestrator.host.grounds import Grounds
from orchestrator.tombstones import Tombstone, decode_tombstone, encode_tombstone, is_tombstone

_LOG = logging.getLogger(__name__)
REFUSED_RUNS_MAX = 8


async def call_off(message: InstanceMessage, grounds: Grounds) -> None:
    """Let the run that a message is for never begin.

    Raises:
        OwnershipLost: another host has taken the partition over.
    """
    while (operation := await _operation(message, grounds)) is not None:
        grounds.residents.drop(message.instance_id)
        try:
            await grounds.committer.rewrite([operation])
        except WriteRefused as refused:
            if refused.refusal not in {Refusal.EXISTS, Refusal.CHANGED}:
                raise
        else:
            _LOG.info("run %s of instance %s is called off before it began", message.run, message.instance_id)
            return


async def _operation(message: InstanceMessage, grounds: Grounds) -> Operation | None:
    """Give what must be written; nothing if it is written, or if the run has begun."""
    id_, run = message.instance_id, message.run
    grounds.loader.token = await grounds.committer.token()
    stored = await grounds.loader.head(id_)
    if stored is None:
        return Create(encode_tombstone(Tombstone(id_, grounds.partition, run, 0, grounds.clock.now())))
    if is_tombstone(stored.record):
        stone = decode_tombstone(stored.record)
        return None if stone.run == run else Replace(encode_tombstone(replace(stone, run=run)), stored.etag)
    head = decode_head(stored.record)
    if run == head.run or run in head.refused_runs or not head.status.ended:
        return None
    refused = (*head.refused_runs, run)[-REFUSED_RUNS_MAX:]
    return Replace(encode_head(replace(head, refused_runs=refused)), stored.etag)
