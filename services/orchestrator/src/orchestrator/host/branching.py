"""Begins executions from the history of another: rewinds, forks; and lets a blocked instance try again.

What if the process dies …
  before the commit: the request comes again and does the same. After it: the request stands in the new execution, whose
  messages are sent again.

1. A rewind opens the next execution of the same run: what is under way for the one before is stale, its history stays.
2. A fork begins an instance of another id; it reads the source as far as that is stored, and leaves it alone.
3. What can't be done is said in the dead-letter queue: it would fail again however often it came.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from durable.errors import LockLost
from durable.events import HistoryEvent, Rewound, SagaStarted
from durable.ids import partition_of, run_id
from durable.messages import InstanceMessage
from durable.requests import OwnerRequest
from durable.vault import open_events
from orchestrator.assembly import Assembly, whole_turns
from orchestrator.engine import Identity, Instance, Turn
from orchestrator.engine.rewinding import failed_step
from orchestrator.engine.rewinding import rewind as rewound
from orchestrator.heads import Head, decode_head
from orchestrator.host.accounting import account_for
from orchestrator.host.consumed import Place
from orchestrator.host.executions import branched, continue_as_new
from orchestrator.host.grounds import Done, Grounds
from orchestrator.host.head_changes import head_after
from orchestrator.host.loading import REPLAY_TURNS
from orchestrator.host.patience import until_answered
from orchestrator.host.plans import Plan, settle_plan
from orchestrator.host.resending import open_messages_at
from orchestrator.host.residents import Grave, Resident
from orchestrator.host.saga_logs import log_lines
from orchestrator.host.sealing import seal_plans
from orchestrator.host.telling import tell_hooks
from orchestrator.host.watchdog import TurnTooLong, told_of
from orchestrator.records import decode_turn, history_of, turn_range
from orchestrator.tombstones import is_tombstone

_LOG = logging.getLogger(__name__)


class Unbranchable(ValueError):
    """The history that is asked for does not exist, or the new execution can't be stored."""


async def rewind(request: OwnerRequest, grounds: Grounds) -> Done:
    """Take the present execution of an instance up again from an earlier event, or from the step that it failed at.

    Raises:
        Unbranchable: there is no such event, or no history yet.
        OwnershipLost: another host has taken the partition over.
    """
    resident = await _loaded(request.instance_id, grounds)
    if not isinstance(resident, Resident) or resident.head is None or request.run not in ("", resident.head.run):
        _LOG.warning("instance %s is not rewound: the run that is asked for is not there", request.instance_id)
        return Done()
    taken = resident.consumed.find(request.id)
    if taken is not None:
        return await _again(taken, resident, grounds)
    head = resident.head
    if request.data.get("execution", head.execution) != head.execution:
        _LOG.warning("instance %s is not rewound: its execution is %d by now", request.instance_id, head.execution)
        return Done()
    history = await _history(head, head.execution, grounds)
    mark = _mark(request, head, history, grounds)
    identity = replace(resident.identity, execution=head.execution + 1)
    instance, turn = _begun(identity, history, mark, grounds)
    done = await _commit(branched(resident, instance, mark.at), instance, turn, grounds)
    if grounds.spans is not None:
        grounds.spans.left(resident, history, mark.at)
    return done


async def fork(request: OwnerRequest, grounds: Grounds) -> Done:
    """Begin an instance with the history of another before an event.

    Raises:
        Unbranchable: there is no such event or no such instance, or the id is taken.
        OwnershipLost: another host has taken the partition over.
    """
    found = await _loaded(request.instance_id, grounds)
    run = run_id(request.id)
    if isinstance(found, Resident):
        taken = found.consumed.find(request.id)
        if taken is None:
            raise Unbranchable(f"expected an instance id that is not taken; {request.instance_id!r} exists")
        return await _again(taken, found, grounds)
    source = await _head_of(request.data["instance_id"], grounds)
    execution = request.data.get("execution") or source.execution
    history = await _history(source, execution, grounds)
    mark = _mark(request, replace(source, execution=execution), history, grounds)
    identity = Identity(request.instance_id, run, found.tombstone.execution + 1 if found else 1)
    instance, turn = _begun(identity, history, mark, grounds)
    resident = Resident(identity, grounds.partition, source.saga, instance)
    resident.head_etag = found.etag if found else None
    resident.trace = request.trace
    return await _commit(resident, instance, turn, grounds, _start_of(request, history))


async def unblock(request: OwnerRequest, grounds: Grounds) -> Done:
    """Have an instance read again and run: it goes on if its code fits, else it says anew what blocks it."""
    grounds.residents.drop(request.instance_id)
    grounds.caution.forgive(request.instance_id)
    grounds.loader.condemned.pop(request.instance_id, None)
    return Done(look_again=True)


async def _again(taken: Place, resident: Resident, grounds: Grounds) -> Done:
    """Send and tell again what a request led to that was perhaps never sent."""
    messages = await open_messages_at(taken, resident, grounds)
    if grounds.spans is not None and taken <= resident.unsure:
        await grounds.spans.again(resident, [taken])
    return Done(messages)


async def _loaded(instance_id: str, grounds: Grounds) -> Resident | Grave | None:
    grounds.residents.drop(instance_id)
    grounds.loader.token = await grounds.committer.token()
    return await grounds.loader.load(instance_id)


async def _head_of(instance_id: str, grounds: Grounds) -> Head:
    partition = partition_of(instance_id, grounds.partition_count)
    stored = await until_answered(lambda: grounds.store.read(partition, instance_id), f"instance {instance_id}")
    if stored is None or is_tombstone(stored.record):
        raise Unbranchable(f"expected an instance to fork from; there is no {instance_id!r}")
    return decode_head(stored.record)


async def _history(head: Head, execution: int, grounds: Grounds) -> list[HistoryEvent]:
    token = grounds.loader.token if head.partition == grounds.partition else None

    async def read() -> list[HistoryEvent]:
        scan = grounds.store.scan(head.partition, *turn_range(head.instance_id, execution), token)
        return history_of([decode_turn(record) async for record in whole_turns(scan, Assembly())])

    history = await until_answered(read, f"history of {head.instance_id}")
    if not history:
        raise Unbranchable(f"expected a history of execution {execution} of {head.instance_id!r}; there is none")
    return await open_events(grounds.vault, history)


def _mark(request: OwnerRequest, head: Head, history: list[HistoryEvent], grounds: Grounds) -> Rewound:
    to = request.data.get("to")
    return Rewound(
        message_id=request.id,
        at=grounds.clock.now(),
        instance_id=head.instance_id,
        run=head.run,
        execution=head.execution,
        to=failed_step(history) if to is None else to,
        reason=request.data.get("reason", ""),
    )


def _begun(identity: Identity, history: list[HistoryEvent], mark: Rewound, grounds: Grounds) -> tuple[Instance, Turn]:
    try:
        return grounds.watchdog.run(partial(rewound, identity, grounds.setup, history, mark), REPLAY_TURNS)
    except ValueError as error:
        raise Unbranchable(str(error)) from error
    except TurnTooLong as error:
        raise Unbranchable(told_of(error, REPLAY_TURNS * grounds.watchdog.limit, "a replay")) from error


async def _commit(
    resident: Resident, instance: Instance, turn: Turn, grounds: Grounds, *starts: InstanceMessage
) -> Done:
    id_ = resident.identity.instance_id
    plan = Plan(resident, turn, [], head_after(resident, instance, turn, starts))
    began = grounds.clock.now()
    if grounds.spans is not None:
        grounds.spans.branched(plan)
    await seal_plans(grounds.vault, [plan])
    await account_for(plan, grounds.vault, grounds.partition_count)
    commit = await grounds.committer.commit([plan], grounds.nonce())
    if commit.conflicted:
        raise LockLost(f"instance {id_} was written by another owner; the request comes again")
    for _, why in commit.refused:
        raise Unbranchable(f"the new execution can't be stored: {why}")
    if grounds.spans is not None:
        await grounds.spans.committed(commit, began)
    settle_plan(plan)
    log_lines(resident, turn)
    tell_hooks(grounds.hooks, resident, turn.events[_taken_over(turn) :])
    if instance.next_start is not None:
        continue_as_new(resident, instance.next_start, grounds.setup)
    grounds.residents.keep(resident)
    _LOG.info("instance %s goes on from an earlier step as execution %d", id_, instance.identity.execution)
    return Done(plan.messages, look_again=resident.continues)


def _taken_over(turn: Turn) -> int:
    """Tell how many of its events the new execution has from the other: all before the last mark."""
    return max(index for index, event in enumerate(turn.events) if isinstance(event, Rewound))


def _start_of(request: OwnerRequest, history: list[HistoryEvent]) -> InstanceMessage:
    """Give what stands for the start of a fork: that of the source, which nobody waits for."""
    started = next((event for event in history if isinstance(event, SagaStarted)), None)
    if started is None:
        raise Unbranchable("expected a history that begins with a start; it has none")
    event = replace(started, parent=None, request_id=None)
    return InstanceMessage(request.id, request.instance_id, event, trace=request.trace)
