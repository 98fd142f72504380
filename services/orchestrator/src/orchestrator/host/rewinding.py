"""Rewinds an instance: its next execution takes the beginning of the present one over and goes on from there.

What if the process dies …
  before the commit: nothing has changed, and the request comes again.
  after it: the request comes again, finds the execution that it began by the mark in its first turn, and what is open
  of that turn is sent again.

1. A request is for the execution that was judged: after another one it says nothing.
2. What the execution before had under way is answered to nobody; what its successor waits for is asked for anew.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from durable.events import HistoryEvent, Rewound
from durable.requests import OwnerRequest
from durable.vault import open_events
from orchestrator.engine import Identity, Instance, Turn
from orchestrator.engine.rewinding import failed_step, rewind
from orchestrator.heads import Head
from orchestrator.host.alone import commit_alone
from orchestrator.host.grounds import Done, Grounds
from orchestrator.host.head_changes import head_after
from orchestrator.host.plans import Plan
from orchestrator.host.residents import REPLAY_TURNS, Resident
from orchestrator.host.sealing import open_messages_of_turn
from orchestrator.host.watchdog import TurnTooLong, told_of

_LOG = logging.getLogger(__name__)


async def rewind_instance(request: OwnerRequest, grounds: Grounds) -> Done:
    """Handle one request.

    Raises:
        ValueError: the history has no such event.
        UndecodableMessage: the history can't be read.
    """
    id_ = request.instance_id
    grounds.loader.token = await grounds.committer.token()
    grounds.residents.drop(id_)
    resident = await grounds.loader.load(id_, reopens=True)
    if not isinstance(resident, Resident) or resident.head is None or resident.identity.run != request.run:
        _LOG.warning("instance %s is not rewound: the run that was meant is gone", id_)
        return Done()
    asked_for, present = request.data.get("execution"), resident.identity.execution
    if asked_for == present - 1:
        return await sent_again(request, resident, grounds)
    if asked_for != present or resident.turns == 0:
        _LOG.warning("instance %s is not rewound: execution %s was meant, it is in %d", id_, asked_for, present)
        return Done()
    if resident.instance is not None:
        resident.instance.close()
    history = await open_events(grounds.vault, await grounds.loader.history(resident.identity))
    return await _rewound(request, resident, resident.head, history, grounds)


async def sent_again(request: OwnerRequest, resident: Resident, grounds: Grounds) -> Done:
    """Give what is open of the turn that a request brought about, if it is that one."""
    if resident.turns == 0:
        return Done()
    opening = await grounds.loader.turn(resident.identity, 1)
    if not any(isinstance(event, Rewound) and event.message_id == request.id for event in opening.events):
        return Done()
    is_open = resident.instance.is_open if resident.instance is not None else lambda _task, _attempt: False
    origin = resident.origin(grounds.partition_count)
    messages = await open_messages_of_turn(grounds.vault, origin, opening, is_open)
    grounds.residents.keep(resident)
    return Done(messages)


def mark_of(request: OwnerRequest, source: Identity, history: Sequence[HistoryEvent], grounds: Grounds) -> Rewound:
    """Say in an event what a request asks for."""
    to = request.data.get("to")
    return Rewound(
        instance_id=source.instance_id,
        execution=source.execution,
        to=failed_step(history) if to is None else int(to),
        reason=str(request.data.get("reason", "")),
        at=grounds.clock.now(),
        message_id=request.id,
    )


def run_rewind(
    identity: Identity, history: Sequence[HistoryEvent], mark: Rewound, grounds: Grounds
) -> tuple[Instance, Turn]:
    """Run the code of an execution that takes a history over.

    Raises:
        ValueError: the history has no such event, or the code went on for too long.
    """
    try:
        return grounds.watchdog.run(partial(rewind, identity, grounds.setup, history, mark), REPLAY_TURNS)
    except TurnTooLong as error:
        raise ValueError(told_of(error, REPLAY_TURNS * grounds.watchdog.limit, "a replay")) from error


async def _rewound(
    request: OwnerRequest, resident: Resident, head: Head, history: Sequence[HistoryEvent], grounds: Grounds
) -> Done:
    source = resident.identity
    mark = mark_of(request, source, history, grounds)
    identity = replace(source, execution=source.execution + 1)
    instance, turn = run_rewind(identity, history, mark, grounds)
    take_over(resident, identity, instance, replace(head, execution=identity.execution, turns=0, ended_at=None))
    done = await commit_alone(Plan(resident, turn, [], head_after(resident, instance, turn, [])), grounds)
    _LOG.info("instance %s is rewound to event %d", identity.instance_id, mark.to)
    return done


def take_over(resident: Resident, identity: Identity, instance: Instance, head: Head) -> None:
    """Make a resident the one of its next execution, which has no turn yet."""
    resident.identity, resident.instance, resident.head = identity, instance, head
    resident.turns = resident.compacted = 0
    resident.consumed.open(identity.execution)
