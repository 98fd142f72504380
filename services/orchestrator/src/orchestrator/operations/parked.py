"""Shows the events that came before their instance."""

from __future__ import annotations

from durable.errors import InvalidInput
from durable.ids import partitions
from orchestrator import parked
from orchestrator.operations.finding import legal_instance_id
from orchestrator.operations.ports import Ports
from orchestrator.parked import ParkedEvent

PAGE = 500


async def parked_events(
    ports: Ports, instance_id: str | None = None, continuation: str | None = None
) -> tuple[list[ParkedEvent], str | None]:
    """Give the events parked for an instance, or a page of all; and where to go on, `None` at the end.

    A page holds all of some partitions. Those of one partition, and so of one instance, are in order of arrival.

    Raises:
        InvalidInput: the id is not legal, or the continuation is of no earlier page.
        UndecodableMessage: a record was written by code that knows more, or is damaged.
        WriteUncertain: the store did not answer.
    """
    if instance_id is not None:
        partition = ports.partition(legal_instance_id(instance_id))
        return await parked.parked_events(ports.store, partition, instance_id), None
    left = partitions(ports.partition_count)
    if continuation is not None:
        if continuation not in left:
            fault = f"expected a continuation as a page gave it; found {continuation[:80]!r}"
            raise InvalidInput(fault, [("continuation", fault)])
        left = left[left.index(continuation) :]
    found: list[ParkedEvent] = []
    while left and len(found) < PAGE:
        found += await parked.parked_events(ports.store, left.pop(0))
    return found, left[0] if left else None
