"""What a parent is told of a child that it asked for and that does not begin: why, or how it ended long ago.

A repeated answer has a broker id of its own: the broker may have seen the first, and nobody knows what became of it.
"""

from __future__ import annotations

from dataclasses import replace

from durable.codec import decode_failure
from durable.errors import PayloadUnreadable
from durable.events import SagaStarted
from durable.failure import CANCELLED, CHILD_EXISTS, PAYLOAD_UNREADABLE, Failure, disagreement
from durable.ids import run_id
from durable.messages import InstanceMessage
from durable.vault import open_fields, sealed_again
from orchestrator.engine import Identity
from orchestrator.heads import Head, decode_head
from orchestrator.host.grounds import Grounds
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.outbox import Addressed, Origin, outcome_of, refusal_of
from orchestrator.host.starts import Fate
from orchestrator.tombstones import is_tombstone


async def answer_to_parent(start: InstanceMessage, fate: Fate, grounds: Grounds, ports: HostPorts) -> list[Addressed]:
    """Give the answer to a start that begins nothing; none if nobody waits for one."""
    event = start.event
    if not isinstance(event, SagaStarted) or event.parent is None:
        return []
    origin = _origin(start, event, ports.partition_count)
    if fate is Fate.OWN:
        return await _outcome(origin, event, grounds, ports.nonce())
    if fate is Fate.UNWANTED:
        told = f"child saga {event.saga!r} ({start.instance_id!r}) was called off before it began"
        return [refusal_of(origin, event.parent, CANCELLED, told)]
    told = f"expected an instance id for saga {event.saga!r} that is not taken; {start.instance_id!r} exists"
    return [refusal_of(origin, event.parent, CHILD_EXISTS, told)]


async def _outcome(origin: Origin, event: SagaStarted, grounds: Grounds, broker_id: str) -> list[Addressed]:
    grounds.loader.token = await grounds.committer.token()
    stored = await grounds.loader.head(origin.identity.instance_id)
    if stored is None or is_tombstone(stored.record) or event.parent is None:
        return []
    head = decode_head(stored.record)
    if not head.status.ended:
        return []
    failure = await _failure(head, grounds)
    queue, message = outcome_of(origin, event.parent, head.status, head.output, failure)
    return [(queue, await sealed_again(grounds.vault, replace(message, id=broker_id)))]


async def _failure(head: Head, grounds: Grounds) -> Failure | None:
    try:
        opened = await open_fields(grounds.vault, [("failure", head.failure, decode_failure)], "the head")
    except PayloadUnreadable as error:
        return disagreement(PAYLOAD_UNREADABLE, str(error))
    failure: Failure | None = opened.get("failure", head.failure)
    return failure


def _origin(start: InstanceMessage, event: SagaStarted, partition_count: int) -> Origin:
    identity = Identity(start.instance_id, run_id(start.id), 0)
    root_id = event.root_id or start.instance_id
    return Origin(identity, event.saga, "", partition_count, root_id, event.parent, start.trace)
