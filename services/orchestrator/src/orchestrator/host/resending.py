"""What still matters of a turn that was committed and perhaps never sent: its messages, made again from its record."""

from __future__ import annotations

from dataclasses import replace

from durable.events import ContinuedAsNew, SagaStarted
from orchestrator.engine import Identity
from orchestrator.host.consumed import Place
from orchestrator.host.grounds import Grounds
from orchestrator.host.outbox import Addressed, Origin
from orchestrator.host.residents import Resident
from orchestrator.host.sealing import open_messages_of_turn
from orchestrator.records import TurnRecord


async def open_messages_at(place: Place, resident: Resident, grounds: Grounds) -> list[Addressed]:
    """Give what still matters of a turn, and of those that followed it without a message of their own.

    Raises:
        UndecodableMessage: this code can't read it.
    """
    messages: list[Addressed] = []
    while place <= resident.unsure:
        identity = replace(resident.identity, execution=place.execution)
        committed = await grounds.loader.turn(identity, place.turn)
        messages += await _still_open(resident, place, committed, grounds)
        if not any(isinstance(event, ContinuedAsNew) for event in committed.events):
            break
        place = Place(place.execution + 1, 1)
    return messages


async def _still_open(resident: Resident, place: Place, committed: TurnRecord, grounds: Grounds) -> list[Addressed]:
    identity, instance = resident.identity, resident.instance
    origin = resident.origin(grounds.partition_count, committed.at)
    if place.execution != identity.execution:
        before = replace(identity, run=committed.run, execution=place.execution)
        origin = await _origin_before(origin, before, grounds)
        instance = None
    is_open = instance.is_open if instance is not None else lambda _task, _attempt: False
    return await open_messages_of_turn(grounds.vault, origin, committed, is_open)


async def _origin_before(origin: Origin, identity: Identity, grounds: Grounds) -> Origin:
    """Say whose an earlier execution was: of another run, it may have had another saga and another parent."""
    if identity.run == origin.identity.run:
        return replace(origin, identity=identity)
    opening = await grounds.loader.turn(identity, 1)
    started = next((event for event in opening.events if isinstance(event, SagaStarted)), None)
    if started is None:
        return replace(origin, identity=identity, parent=None)
    return replace(origin, identity=identity, saga=started.saga, parent=started.parent)
