"""Sends the start of `Pending` heads again whose own start seems lost: its sender died between the two.

A head is due when it has been `Pending` for `DUE_AFTER`. The repeat has a broker id of its own, since the broker's
duplicate detection does not know what became of the first, and the same logical id, so that it is taken once.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from durable.errors import BrokerUnavailable, UndecodableMessage, WriteUncertain
from durable.ids import digest
from durable.messages import INSTANCES
from durable.ports import Broker, Clock, HeadQuery, RecordStore
from durable.status import Status
from orchestrator.heads import decode_head, start_message

_LOG = logging.getLogger(__name__)
DUE_AFTER = timedelta(seconds=30)
LOOK_EVERY = timedelta(seconds=10)


async def resend_pending(store: RecordStore, broker: Broker, clock: Clock, partition: str) -> None:
    """Look for due heads of one partition, now and then, for ever."""
    while True:
        try:
            await resend_due(store, broker, clock, partition)
        except (WriteUncertain, BrokerUnavailable) as error:
            _LOG.warning("partition %s: pending starts not looked at: %s", partition, error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


async def resend_due(store: RecordStore, broker: Broker, clock: Clock, partition: str) -> None:
    """Send the starts of the heads that are due, once."""
    now = clock.now()
    query = HeadQuery(status=Status.PENDING, partition=partition, created_before=now - DUE_AFTER)
    page = await store.heads(query)
    messages = []
    for stored in page.heads:
        try:
            start = start_message(decode_head(stored.record), stored.etag)
        except UndecodableMessage as error:
            _LOG.error("head %s can't be read and is passed over: %s", stored.record.get("id"), error)
            continue
        messages.append(start.to_message(partition, broker_id=digest(start.id, now.isoformat())))
    if messages:
        _LOG.warning("partition %s: %d pending starts sent again", partition, len(messages))
        await broker.send(INSTANCES, messages)
