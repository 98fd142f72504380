"""Begins an instance with the beginning of the history of another, which may live in another partition.

What if the process dies …
  before the commit: nothing has begun, and the request comes again.
  after it: the request comes again, finds the run that it began, and what is open of its first turn is sent again.

1. The new instance has no parent: whoever waits for the source waits for the source.
2. Children that run at the step report to the source alone, so nobody forks where one does.
3. Payloads are sealed anew: the new instance refers to none of the source's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from durable.events import HistoryEvent, SagaStarted
from durable.ids import partition_of, run_id
from durable.messages import InstanceMessage
from durable.requests import OwnerRequest
from durable.vault import open_events
from orchestrator.assembly import Assembly, whole_turns
from orchestrator.engine import Identity, Instance
from orchestrator.host.alone import commit_alone
from orchestrator.host.grounds import Done, Grounds
from orchestrator.host.head_changes import head_after
from orchestrator.host.patience import until_answered
from orchestrator.host.plans import Plan
from orchestrator.host.residents import Grave, Resident
from orchestrator.host.rewinding import mark_of, run_rewind, sent_again
from orchestrator.records import decode_turn, history_of, turn_range

_LOG = logging.getLogger(__name__)


async def fork_instance(request: OwnerRequest, grounds: Grounds) -> Done:
    """Handle one request.

    Raises:
        ValueError: the id is taken, the source has no such event, or a child runs there.
        UndecodableMessage: the history of the source can't be read.
    """
    grounds.loader.token = await grounds.committer.token()
    grounds.residents.drop(request.instance_id)
    found = await grounds.loader.load(request.instance_id)
    run = run_id(request.id)
    if isinstance(found, Resident):
        if found.identity.run != run:
            raise ValueError(f"expected an instance id that is not taken; {request.instance_id!r} exists")
        return await sent_again(request, found, grounds)
    execution = found.tombstone.execution + 1 if isinstance(found, Grave) else 1
    history = await _history(request, grounds)
    identity = Identity(request.instance_id, run, execution)
    resident = Resident(identity, grounds.partition, _start_of(history).saga, None, trace=request.trace)
    resident.head_etag = found.etag if isinstance(found, Grave) else None
    return await _forked(request, resident, history, grounds)


async def _forked(request: OwnerRequest, resident: Resident, history: Sequence[HistoryEvent], grounds: Grounds) -> Done:
    source = Identity(request.data["instance_id"], request.data["run"], request.data["execution"])
    instance, turn = run_rewind(resident.identity, history, mark_of(request, source, history, grounds), grounds)
    _require_no_children(instance)
    resident.instance = instance
    start = InstanceMessage(request.id, resident.identity.instance_id, _start_of(turn.events), trace=request.trace)
    head = head_after(resident, instance, turn, [start])
    done = await commit_alone(Plan(resident, turn, [], head), grounds)
    _LOG.info("instance %s is forked from %s", resident.identity.instance_id, source.instance_id)
    return done


async def _history(request: OwnerRequest, grounds: Grounds) -> list[HistoryEvent]:
    source, execution = request.data["instance_id"], request.data["execution"]
    partition = partition_of(source, grounds.partition_count)

    async def read() -> list[HistoryEvent]:
        scan = grounds.store.scan(partition, *turn_range(source, execution))
        return history_of([decode_turn(record) async for record in whole_turns(scan, Assembly())])

    history = await open_events(grounds.vault, await until_answered(read, f"history of {source}"))
    if not history:
        raise ValueError(f"expected a history of execution {execution} of instance {source!r}; found none")
    return [_orphaned(event) if isinstance(event, SagaStarted) else event for event in history]


def _orphaned(started: SagaStarted) -> SagaStarted:
    return replace(started, parent=None, parent_id=None, root_id=None)


def _start_of(events: Sequence[HistoryEvent]) -> SagaStarted:
    return next(event for event in events if isinstance(event, SagaStarted))


def _require_no_children(instance: Instance) -> None:
    running = [waiting.name for waiting in instance.waiting if waiting.kind == "child"]
    if running:
        raise ValueError(
            f"expected a step at which no child runs; found {', '.join(running)}. Fork from an earlier one"
        )
