"""Payloads between the engine, which sees plain data alone, and what is stored and sent, where large ones are sealed.

1. What a turn takes is opened before it runs; what it leaves is sealed before it is committed. A payload of another
   instance so becomes one of its own.
2. An instance whose payload can't be opened is blocked, and takes its messages as they came, sealed. It goes on once
   it is read again and they can be opened.
3. A turn without large payloads, and without codecs, is not changed and not even copied.

What if the process dies after an object was written and before the turn is committed: the turn runs again and writes
the same object; if it never does, the object goes with its instance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from durable.errors import PayloadUnreadable
from durable.events import HistoryEvent
from durable.messages import INSTANCES, InstanceMessage
from durable.vault import (
    Place,
    Vault,
    fields_need_sealing,
    is_sealed,
    needs_sealing,
    open_event,
    seal_event,
    seal_fields,
    sealed_again,
)
from durable.vault.events import Field
from orchestrator.heads import PAYLOADS, Head
from orchestrator.host.outbox import Addressed, Origin, messages_by_event, open_messages_of
from orchestrator.host.outbox.sending import Outbox
from orchestrator.host.plans import Plan
from orchestrator.host.rounds import Rounds
from orchestrator.records import TurnRecord


async def open_items(vault: Vault, rounds: Rounds, is_here: Callable[[str], bool]) -> None:
    """Open the messages of this round for instances that are there; those for which that fails are to be blocked.

    What comes for an instance that is not there stays as it came: it may be parked.
    """
    sealed = [
        instance_id
        for instance_id, items in rounds.todo.items()
        if any(is_sealed(item.message.event) for item in items)
    ]
    await asyncio.gather(*(_open(vault, rounds, instance_id) for instance_id in sealed if is_here(instance_id)))


async def open_messages(
    vault: Vault, rounds: Rounds, instance_id: str, messages: list[InstanceMessage]
) -> list[InstanceMessage]:
    """Give messages for an instance opened; if that fails, as they are, and the instance is to be blocked."""
    opened: list[InstanceMessage] = []
    for message in messages:
        try:
            event = await open_event(vault, message.event)
        except PayloadUnreadable as error:
            rounds.fail(instance_id, str(error))
            return messages
        opened.append(message if event is message.event else replace(message, event=event))
    return opened


async def seal_plans(vault: Vault, plans: Iterable[Plan]) -> None:
    """Seal what the plans will write and send."""
    concerned = [plan for plan in plans if _concerns(vault, plan)]
    await asyncio.gather(*(_seal(vault, plan) for plan in concerned))


async def _open(vault: Vault, rounds: Rounds, instance_id: str) -> None:
    items = rounds.todo[instance_id]
    opened = await open_messages(vault, rounds, instance_id, [item.message for item in items])
    rounds.todo[instance_id] = [replace(item, message=message) for item, message in zip(items, opened, strict=True)]


def _concerns(vault: Vault, plan: Plan) -> bool:
    if any(needs_sealing(vault, event) for event in plan.turn.events):
        return True
    # What was taken in an earlier turn may be new to the head, or plain there again.
    return plan.head is not None and fields_need_sealing(vault, _fields_of(plan.head))


def _fields_of(head: Head) -> list[Field]:
    return [(name, getattr(head, name), write) for name, (write, _) in PAYLOADS.items()]


async def _seal(vault: Vault, plan: Plan) -> None:
    identity = plan.resident.identity
    place = Place(identity.instance_id, identity.run)
    events = [await seal_event(vault, event, place) for event in plan.turn.events]
    plan.plain, plan.turn = plan.turn.events, replace(plan.turn, events=tuple(events))
    if plan.head is not None:
        plan.head = replace(plan.head, **await seal_fields(vault, _fields_of(plan.head), place))
        if plan.head.next_start is not None:
            plan.head = replace(plan.head, next_start=await seal_event(vault, plan.head.next_start, place))


async def messages_of_plan(vault: Vault, origin: Origin, plan: Plan) -> list[tuple[HistoryEvent, Addressed]]:
    """Give the messages of a plan, each with the event that it is made from."""
    turn = plan.turn
    told = _told(turn.events, turn.outbox)
    events = [plan.plain[index] if plan.plain and index in told else event for index, event in enumerate(turn.events)]
    made = messages_by_event(origin, events, turn.outbox)
    sealed = await _sealed(vault, [message for _, message in made])
    return [(event, message) for (event, _), message in zip(made, sealed, strict=True)]


async def open_messages_of_turn(
    vault: Vault, origin: Origin, turn: TurnRecord, is_open: Callable[[int, int], bool]
) -> list[Addressed]:
    """Give the messages of an older turn that still matter.

    Raises:
        PayloadUnreadable: one of them is made from a payload that can't be opened.
    """
    told = _told(turn.events, turn.outbox)
    events = [await open_event(vault, event) if index in told else event for index, event in enumerate(turn.events)]
    return await _sealed(vault, open_messages_of(origin, events, turn.outbox, is_open))


def _told(events: Sequence[HistoryEvent], outbox: Outbox) -> set[int]:
    """Tell from which events a message is made that looks into their payloads: how a child ended, to its parent."""
    return {index for kind, index in outbox if kind == "outcome" and is_sealed(events[index])}


async def _sealed(vault: Vault, messages: list[Addressed]) -> list[Addressed]:
    return [
        (queue, await sealed_again(vault, message) if queue == INSTANCES else message) for queue, message in messages
    ]
