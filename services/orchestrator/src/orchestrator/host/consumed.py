"""Which messages an instance has taken, over all its executions.

1. An answer to a task names the execution that asked, and no other takes it. What anybody may send is taken once,
   whatever execution there is by the time it comes again: it is remembered for `REMEMBERED`.
2. The first turn of a later execution carries the ids that earlier ones took of others, the latest `CARRIED_MAX`, and
   says from which execution on there are more: a load reads on from there, in few steps however much came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ChildCompleted,
    ChildFailed,
    HistoryEvent,
    SagaStarted,
    TimerFired,
)
from durable.ports import Record
from orchestrator.heads import continuation_id
from orchestrator.records import Carried, CarriedIds, carried_by

REMEMBERED = timedelta(days=1)
CARRIED_MAX = 200
_ANSWERS = frozenset(
    kind.__name__ for kind in (ActivityCompleted, ActivityFailed, ChildCompleted, ChildFailed, TimerFired)
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A turn of any execution of an instance."""

    execution: int
    turn: int


class Consumed:
    """The ids of the messages that one instance has taken, each with the turn that did.

    Attributes:
        recalled: earlier executions whose answers are known again.
    """

    __slots__ = ("_answers", "_earlier", "_execution", "_instance_id", "_others", "recalled")

    def __init__(self, instance_id: str, execution: int) -> None:
        self._instance_id = instance_id
        self._execution = execution
        self._answers: dict[str, int] = {}
        self._others: dict[str, Carried] = {}
        self._earlier: dict[str, Place] = {}
        self.recalled: tuple[int, ...] = ()

    def find(self, id: str) -> Place | None:
        """Tell which turn took a message; `None` if none did, as far as is known."""
        turn = self._answers.get(id)
        if turn is not None:
            return Place(self._execution, turn)
        carried = self._others.get(id)
        if carried is not None:
            return Place(carried.execution, carried.turn)
        return self._earlier.get(id)

    def add(self, events: Iterable[HistoryEvent], run: str, turn: int, at: datetime) -> None:
        """Remember what a turn of the present execution took."""
        for event in events:
            if event.message_id is not None:
                self._add(event.message_id, type(event).__name__, run, turn, at)

    def read(self, records: Iterable[Record]) -> None:
        """Remember what stored turns of the present execution took; reads no more of them than it must."""
        for id, kind, record in _taken(records):
            self._add(id, kind, record["run"], record["sequence"], datetime.fromisoformat(record["at"]))

    def recall(self, execution: int, records: Iterable[Record]) -> None:
        """Remember what the stored turns of an earlier execution took as answers."""
        self.recalled += (execution,)
        for id, _, record in _taken(records):
            self._earlier.setdefault(id, Place(execution, record["sequence"]))

    def open(self, execution: int) -> None:
        """Let another execution follow."""
        self._execution = execution
        self._answers = {}

    def carried(self, now: datetime) -> CarriedIds:
        """Give what the first turn of the present execution carries."""
        young = [other for other in self._others.values() if now - other.at <= REMEMBERED]
        self._others = {other.id: other for other in young}
        kept = young[-CARRIED_MAX:]
        return CarriedIds(tuple(kept), kept[0].execution if len(young) > len(kept) else None)

    async def hear(
        self, carried: CarriedIds, now: datetime, turns: Callable[[int], Awaitable[Sequence[Record]]]
    ) -> None:
        """Remember what earlier executions took of others; `turns` reads the stored turns of one."""
        more = self._heard(carried)
        while more is not None:
            records = await turns(more)
            if not records or now - datetime.fromisoformat(records[-1]["at"]) > REMEMBERED:
                break
            self._hear(records)
            more = self._heard(carried_by(records[0]))
        self._others = dict(sorted(self._others.items(), key=lambda item: (item[1].execution, item[1].turn)))

    def _heard(self, carried: CarriedIds) -> int | None:
        for entry in carried.ids:
            self._others.setdefault(entry.id, entry)
        return carried.more_in

    def _hear(self, records: Sequence[Record]) -> None:
        for id, kind, record in _taken(records):
            execution, turn = record["execution"], record["sequence"]
            if not self._is_answer(id, kind, record["run"], execution):
                at = datetime.fromisoformat(record["at"])
                self._others.setdefault(id, Carried(id, execution, turn, at))

    def _add(self, id: str, kind: str, run: str, turn: int, at: datetime) -> None:
        if self._is_answer(id, kind, run, self._execution):
            self._answers[id] = turn
        else:
            self._others[id] = Carried(id, self._execution, turn, at)

    def _is_answer(self, id: str, kind: str, run: str, execution: int) -> bool:
        if kind == SagaStarted.__name__:
            return execution > 1 and id == continuation_id(self._instance_id, run, execution)
        return kind in _ANSWERS


def _taken(records: Iterable[Record]) -> Iterable[tuple[str, str, Record]]:
    return (
        (event["message_id"], event["kind"], record)
        for record in records
        for event in record["events"]
        if "message_id" in event
    )
