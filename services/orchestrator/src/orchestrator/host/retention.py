"""Asks for the purge of instances that ended longer ago than they are kept; a few at a time, for ever.

1. The owner asks itself, by a message like everybody: a purge that its process does not live to see comes again.
2. What may not be purged yet is passed over and met again in the next round of looks.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from durable.errors import BrokerUnavailable, UndecodableMessage, WriteUncertain
from durable.messages import INSTANCES
from durable.ports import HeadQuery, Stored
from durable.requests import OwnerRequest
from orchestrator.heads import decode_head
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.purge import may_be_purged, purge_request

_LOG = logging.getLogger(__name__)
LOOK_EVERY = timedelta(minutes=10)
GO_ON_AFTER = timedelta(seconds=2)
HEADS_MAX = 10


async def purge_ended(ports: HostPorts, partition: str) -> None:
    """Look for instances of one partition that are kept no longer, now and then, for ever."""
    place: str | None = None
    while True:
        await asyncio.sleep((GO_ON_AFTER if place else LOOK_EVERY).total_seconds())
        try:
            place = await purge_due(ports, partition, place)
        except (WriteUncertain, BrokerUnavailable) as error:
            _LOG.warning("partition %s: ended instances not looked at: %s", partition, error)


async def purge_due(ports: HostPorts, partition: str, place: str | None) -> str | None:
    """Ask for the purge of some instances, from a place in the list on; gives the place where the next look goes on."""
    ended_before = ports.clock.now() - ports.limits.kept_for
    query = HeadQuery(partition=partition, ended_before=ended_before, limit=HEADS_MAX, continuation=place)
    page = await ports.store.heads(query)
    requests = [request for stored in page.heads if (request := await _request(stored, ports)) is not None]
    if requests:
        messages = [request.to_message(partition, broker_id=ports.nonce()) for request in requests]
        await ports.broker.send(INSTANCES, messages)
    return page.continuation


async def _request(stored: Stored, ports: HostPorts) -> OwnerRequest | None:
    try:
        head = decode_head(stored.record)
        may = await may_be_purged(head, ports.store, ports.partition_count)
    except UndecodableMessage as error:
        _LOG.error("instance %s is not purged: %s", stored.record.get("id"), error)
        return None
    return purge_request(head.instance_id, head.run) if may else None
