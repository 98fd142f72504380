"""Where an instance stands, with what it waits for.

1. What an instance waits for is told by its code, run over its history here: for instances that have begun and have not
   ended, and up to `EVENTS_MAX` events, as nobody else is answered meanwhile.
2. The code of a blocked instance is not run: it may be what runs away.
3. Nothing here changes an instance, and whatever its code does wrong, its head is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from durable.errors import DurableError, TransientError, UndecodableMessage
from durable.events import Blocked, HistoryEvent
from durable.results import Waiting
from durable.status import Status
from durable.vault import open_events
from orchestrator.engine import Identity, Instance, waiting_by_history
from orchestrator.heads import Head
from orchestrator.operations.finding import show
from orchestrator.operations.histories import not_undone, turns
from orchestrator.operations.patience import patient
from orchestrator.operations.ports import Ports

EVENTS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an instance stands.

    Attributes:
        waiting_for: what it waits for; `None` if that is not told, and `note` says why.
        blocked: what blocks it, if it is blocked and that stands in its history.
        not_undone: of one that is `CompensationFailed`, the registrations whose undos are neither done nor skipped.
    """

    head: Head
    waiting_for: list[Waiting] | None
    note: str | None = None
    blocked: Blocked | None = None
    not_undone: tuple[int, ...] = ()


async def standing(ports: Ports, instance_id: str) -> Standing:
    """Tell where an instance stands; errors as `show`."""
    head = await show(ports, instance_id)
    if head.status is Status.COMPENSATION_FAILED:
        return Standing(head, [], not_undone=await not_undone(ports, head))
    if head.status.ended or head.turns == 0:
        return Standing(head, [])
    blocked = await _blocked(ports, head) if head.status is Status.BLOCKED else None
    try:
        history = await _bounded_history(ports, head)
        if history is None:
            note = f"what it waits for is told of histories of at most {EVENTS_MAX} events; this one has more"
            return Standing(head, None, note, blocked)
        return Standing(head, _waiting(ports, head, history), None, blocked)
    except TransientError:
        raise
    except DurableError as error:
        return Standing(head, None, f"what it waits for can't be told: {error}", blocked)


def _waiting(ports: Ports, head: Head, history: list[HistoryEvent]) -> list[Waiting]:
    if head.status is Status.BLOCKED:
        return waiting_by_history(history)
    identity = Identity(head.instance_id, head.run, head.execution)
    instance = ports.guard(partial(Instance.replay, identity, ports.setup, history))
    try:
        return instance.waiting
    finally:
        instance.close()


async def _bounded_history(ports: Ports, head: Head) -> list[HistoryEvent] | None:
    history: list[HistoryEvent] = []
    async for turn in turns(ports, head, head.execution):
        history += turn.events
        if len(history) > EVENTS_MAX:
            return None
    async with patient(f"the payloads of instance {head.instance_id!r} can't be fetched now; try again"):
        return await open_events(ports.vault, history)


async def _blocked(ports: Ports, head: Head) -> Blocked | None:
    found: Blocked | None = None
    try:
        async for turn in turns(ports, head, head.execution, max(0, head.turns - 1)):
            found = next((event for event in reversed(turn.events) if isinstance(event, Blocked)), found)
    except UndecodableMessage:
        # An instance may be blocked since its history can't be read.
        return None
    return found
