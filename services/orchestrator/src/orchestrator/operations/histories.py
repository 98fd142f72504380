"""Reads what is stored of the history of an instance."""

from __future__ import annotations

from collections.abc import AsyncIterator

from durable.errors import UndecodableMessage
from durable.events import CompensationSkipped, HistoryEvent, SagaCompensationFailed
from durable.ports import Record
from orchestrator.assembly import Assembly, whole_turns
from orchestrator.heads import Head
from orchestrator.operations.ports import Ports
from orchestrator.records import TurnRecord, decode_turn, turn_range


async def turns(ports: Ports, head: Head, execution: int = 1, after: int = 0) -> AsyncIterator[TurnRecord]:
    """Give the turns of an instance in order, those of `execution` from behind turn `after` on, and of later ones.

    Raises:
        UndecodableMessage: one was written by code that knows more, or is damaged.
        WriteUncertain: the store did not answer.
    """
    for number in range(execution, head.execution + 1):
        taken = after if number == execution else 0
        scan = ports.store.scan(head.partition, *turn_range(head.instance_id, number, taken))
        async for record in whole_turns(scan, Assembly(taken)):
            yield _decode(record)


async def not_undone(ports: Ports, head: Head) -> tuple[int, ...]:
    """Tell whose undos failed for good and are neither run again nor skipped since; errors as `turns`."""
    left: tuple[int, ...] = ()
    async for turn in turns(ports, head, head.execution, max(0, head.turns - 1)):
        for event in turn.events:
            left = _left(left, event)
    return left


def _left(left: tuple[int, ...], event: HistoryEvent) -> tuple[int, ...]:
    if isinstance(event, SagaCompensationFailed):
        return event.not_undone
    if isinstance(event, CompensationSkipped):
        return tuple(task_id for task_id in left if task_id != event.task_id)
    return left


def _decode(record: Record) -> TurnRecord:
    try:
        return decode_turn(record)
    except UndecodableMessage as error:
        raise UndecodableMessage(f"turn {record.get('id')!r} can't be read: {error}") from error
