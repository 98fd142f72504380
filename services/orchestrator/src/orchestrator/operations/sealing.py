"""Seals what a new head holds, and opens what an old one does.

What if a purge of an earlier run of the same id is under way: it may take the new objects along, but not once the new
head is written. So they are looked for after that, and written again if they are gone.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from durable.vault import Place, seal_event, sealed_payloads
from orchestrator.heads import Head, encode_head
from orchestrator.operations.new_instance import Wanted
from orchestrator.operations.patience import patient
from orchestrator.operations.ports import Ports


async def sealed(ports: Ports, one: Wanted) -> Wanted:
    """Give what is wanted with a head as it may be stored; what `started` says stays plain.

    Raises:
        ServiceUnavailable: the object store did not answer; nothing has started.
    """
    if not ports.vault.concerns(one.size):
        return one
    head = one.head
    place = Place(head.instance_id, head.run)
    async with patient(f"the object store did not take the input of {head.instance_id!r}; nothing has started"):
        head = replace(head, input=await ports.vault.seal(head.input, place))
        if head.next_start is not None:
            head = replace(head, next_start=await seal_event(ports.vault, head.next_start, place))
    return replace(one, head=head, size=len(orjson.dumps(encode_head(head))))


async def confirm(ports: Ports, one: Wanted) -> None:
    """See to it that the objects of a head just written are there."""
    head = one.head
    payloads = [head.input, *(sealed_payloads(head.next_start) if head.next_start else ())]
    async with patient(f"instance {head.instance_id!r} is recorded and starts; its input was not confirmed"):
        if not all([await ports.vault.confirm(payload) for payload in payloads]):
            place = Place(head.instance_id, head.run)
            await seal_event(ports.vault, one.started, place)


async def plain_input(ports: Ports, head: Head) -> object:
    """Give the input of an instance as JSON data.

    Raises:
        PayloadUnreadable: it can't be had; says why.
        ServiceUnavailable: the object store did not answer.
    """
    async with patient(f"the input of instance {head.instance_id!r} can't be fetched now"):
        return await ports.vault.open(head.input)
