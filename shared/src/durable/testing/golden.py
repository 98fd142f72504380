"""Histories as files, and sagas run over them again: the test that a change of code leaves what is running alone.

1. A file is what `GET /instances/{id}/history` answers, with the instance id beside the events.
2. What a saga decided is compared with what it decides now: kind, name and label of each decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from durable.codec import decode_event, encode_event, encode_time
from durable.events import HistoryEvent, SagaStarted
from durable.ids import run_id
from durable.saga import Saga
from durable.testing.everywhere import EveryQueue
from orchestrator.engine import Identity, Instance, Registry, Setup

Told = Iterable[HistoryEvent] | Iterable[Mapping[str, Any]] | Mapping[str, Any]


class History(list[HistoryEvent]):
    """The events of all executions of one instance, in order.

    Attributes:
        instance_id: whose they are; empty if nobody said.
    """

    def __init__(self, events: Iterable[HistoryEvent], instance_id: str = "") -> None:
        super().__init__(events)
        self.instance_id = instance_id


def save_history(run: Any, path: Path | str) -> None:
    """Write the history of a run as a golden file."""
    history: History = run.history
    events = [
        {**encode_event(event), "at": encode_time(event.at), "execution": execution, "sequence": event.sequence}
        for execution, events in enumerate(executions(history), 1)
        for event in events
    ]
    told = {"instance_id": history.instance_id, "events": events, "continuation": None}
    Path(path).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


def load_history(path: Path | str) -> History:
    """Read a golden file, or an answer of the management API that was saved.

    Raises:
        UndecodableMessage: it has an event of a kind that this version of the library does not know.
        ValueError: it is no history, or only the first page of one.
    """
    return read_history(orjson.loads(Path(path).read_bytes()))


def read_history(told: Told, instance_id: str = "") -> History:
    """Take a history in any of the forms in which there are histories; errors as `load_history`."""
    if isinstance(told, Mapping):
        if "events" not in told:
            raise ValueError(f"expected a history: an object with `events`; found one with {sorted(told)}")
        if told.get("continuation") is not None:
            raise ValueError("expected a whole history; found a page with a continuation: ask for the next one too")
        return read_history(told["events"], told.get("instance_id", instance_id))
    events: Iterable[HistoryEvent | Mapping[str, Any]] = told
    return History(map(_event, events), getattr(told, "instance_id", instance_id))


def replay(sagas: Sequence[Saga[Any, Any]], history: Told, *, instance_id: str = "") -> None:
    """Run the code of sagas over a history and compare what it decides.

    `history` is `run.history`, the events or the whole answer of `GET /instances/{id}/history` as JSON data, or what
    `load_history` gives. `instance_id` says whose it is, where the history does not; what the saga gets from
    `ctx.random` and `ctx.uuid()` depends on it.

    Raises:
        DeterminismMismatch: the code decides something else, or there is no code for it; says the first difference.
        ValueError: it is no history of an instance.
    """
    read = read_history(history, instance_id)
    setup = Setup(Registry(sagas), EveryQueue())
    run = ""
    for number, events in enumerate(executions(read), 1):
        first = events[0]
        if not isinstance(first, SagaStarted):
            found = type(first).__name__
            told = f"expected a history that begins with SagaStarted; found {found}"
            raise ValueError(told)  # noqa: TRY004  What is wrong is the history, not the type of an argument.
        run = run_id(first.message_id) if first.message_id else run
        instance = Instance.replay(Identity(read.instance_id, run, number), setup, events)
        mismatch = instance.mismatch
        instance.close()
        if mismatch is not None:
            raise mismatch


def executions(history: Iterable[HistoryEvent]) -> Iterator[list[HistoryEvent]]:
    """Cut a history into its executions: the events of each are numbered from 1."""
    execution: list[HistoryEvent] = []
    for event in history:
        if event.sequence == 1 and execution:
            yield execution
            execution = []
        execution.append(event)
    if execution:
        yield execution


def _event(told: HistoryEvent | Mapping[str, Any]) -> HistoryEvent:
    if isinstance(told, HistoryEvent):
        return told
    return decode_event(told, at=datetime.fromisoformat(told["at"]), sequence=told["sequence"])
