"""Sends the start of `Pending` heads again whose own start seems lost: its sender died between the two.

A head is due when it has been `Pending` for `DUE_AFTER`, a delayed one for as long after its time. The repeat has a
broker id of its own, since the broker's duplicate detection does not know what became of the first, and the same
logical id, so that it is taken once. Each look takes one page of heads, however
many delayed ones there are.
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
HEADS_MAX = 500


async def resend_pending(store: RecordStore, broker: Broker, clock: Clock, partition: str) -> None:
    """Look for due heads of one partition, now and then, for ever."""
    place = None
    while True:
        try:
            place = await resend_due(store, broker, clock, partition, place)
        except (WriteUncertain, BrokerUnavailable) as error:
            _LOG.warning("partition %s: pending starts not looked at: %s", partition, error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


async def resend_due(
    store: RecordStore, broker: Broker, clock: Clock, partition: str, place: str | None = None
) -> str | None:
    """Send the starts of the heads that are due, from a place on; gives the place where the next look goes on."""
    now = clock.now()
    query = HeadQuery(
        status=Status.PENDING, partition=partition, created_before=now - DUE_AFTER, limit=HEADS_MAX, continuation=place
    )
    page = await store.heads(query)
    messages = []
    for stored in page.heads:
        try:
            head = decode_head(stored.record)
        except UndecodableMessage as error:
            _LOG.error("head %s can't be read and is passed over: %s", stored.record.get("id"), error)
            continue
        if head.due is None or head.due < now - DUE_AFTER:
            start = start_message(head, stored.etag)
            messages.append(start.to_message(partition, broker_id=digest(start.id, now.isoformat())))
    if messages:
        _LOG.warning("partition %s: %d pending starts sent again", partition, len(messages))
        await broker.send(INSTANCES, messages)
    return page.continuation
