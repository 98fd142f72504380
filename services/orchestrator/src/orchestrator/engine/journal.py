"""Writes the history of an instance forward, or matches what its code decides against the history there is.

1. The code cannot tell which of the two happens: `decide` gives back the event that stands in the history.
2. A decision is matched by kind, task, name and label: neither by its input nor by a due time.
3. The first difference closes the scheduler, so that no more code of the saga counts, and raises `Halt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn, TypeVar

from durable.errors import DeterminismMismatch
from durable.events import DECISIONS, UNSET, Blocked, HistoryEvent, Rewound, TaskEvent, Unblocked
from durable.events.copying import copied
from orchestrator.engine.ledger import Ledger
from orchestrator.engine.limits import Limits
from orchestrator.engine.logbook import Logbook
from orchestrator.engine.places import deciding_place, raising_place
from orchestrator.engine.scheduler import Scheduler
from orchestrator.engine.wording import NO_DECISION, described

E = TypeVar("E", bound=HistoryEvent)


_BY_CODE = tuple(kind for kind in DECISIONS if kind not in {Blocked, Unblocked, Rewound})


class Halt(BaseException):
    """The code no longer fits: no `except Exception` of a saga may hold this up."""


class Journal:
    """The history at the point where the code stands.

    Attributes:
        ledger: what the history says up to here.
        at: the time of the present turn: what the code sees as now.
        written: the events of the present turn.
        replaying: whether decisions are matched rather than written.
        mismatch: the first difference that was found, or the limit that was passed.
        logbook: what the code logged in the present turn.
    """

    __slots__ = (
        "_history",
        "_instance_id",
        "_limits",
        "_read",
        "_scheduler",
        "at",
        "ledger",
        "logbook",
        "mismatch",
        "replaying",
        "written",
    )

    def __init__(self, instance_id: str, scheduler: Scheduler, limits: Limits) -> None:
        self.ledger = Ledger()
        self.logbook = Logbook()
        self._limits = limits
        self.at = UNSET
        self.written: list[HistoryEvent] = []
        self.replaying = False
        self.mismatch: DeterminismMismatch | None = None
        self._instance_id = instance_id
        self._scheduler = scheduler
        self._history: Sequence[HistoryEvent] = ()
        self._read = 0

    def open_turn(self, now: datetime) -> None:
        """Begin a turn; its time is the clock's, but never before that of the turn before."""
        self.written = []
        self.at = max(self.ledger.at, now)

    def close_turn(self) -> tuple[HistoryEvent, ...]:
        """End a turn and give its events."""
        written, self.written = tuple(self.written), []
        return written

    def record(self, fact: HistoryEvent) -> HistoryEvent:
        """Write a fact that a message brought, with its time, its number and the name and label of its task."""
        number = self.ledger.count + 1
        if isinstance(fact, TaskEvent):
            task = self._task_of(fact)
            stamps = {
                "at": self.at,
                "sequence": number,
                "name": task.name,
                "label": task.label,
                "attempt": task.attempt,
            }
            stamped: HistoryEvent = copied(fact, stamps)
        else:
            stamped = copied(fact, {"at": self.at, "sequence": number})
        self._write(stamped)
        return stamped

    def _task_of(self, fact: TaskEvent) -> TaskEvent:
        ledger, id_ = self.ledger, fact.task_id
        step = ledger.steps.get(id_)
        if step is not None:
            return step
        timer = ledger.timers.get(id_)
        if timer is None:
            return ledger.given_up[id_]
        self.at = max(self.at, timer.due)
        return timer

    def decide(self, decision: E, raised: BaseException | None = None) -> E:
        """Write a decision and give it back; on replay find it and give back what stands there.

        `raised` is the exception that led to it, if one did: a report names its line.

        Raises:
            Halt: something else stands there, or nothing; or a limit is passed, by an instance that runs.
        """
        if self.replaying:
            return self._match(decision, raised)
        passed = self._limits.passed(len(self.written), self.ledger, self.logbook)
        if passed is not None and self.mismatch is None and not self.ledger.phase.ended:
            self.diverge(*passed, place=deciding_place())
        self._write(decision)
        return decision

    @property
    def speaks(self) -> bool:
        """Whether what the code logs counts: not on replay, and not once it is dropped."""
        return not self.replaying and not self._scheduler.closed

    @property
    def next_sequence(self) -> int:
        """The position that the next event gets."""
        return self.ledger.count + 1

    @property
    def next_task(self) -> int:
        """The id that the next task gets."""
        return self.ledger.last_task + 1

    def follow(self, history: Sequence[HistoryEvent]) -> None:
        """Match against this history from here on."""
        self._history = history
        self._read = 0
        self.replaying = True

    def unfollow(self) -> None:
        """Take what is left of the history as it stands, and write from here on."""
        for event in self._history[self._read :]:
            self.ledger.fold(event)
        self._history = ()
        self.replaying = False
        self.at = self.ledger.at

    def read(self) -> HistoryEvent | None:
        """Give the next event of the history and pass it; `None` at the end.

        Raises:
            Halt: it does not bear the number of its position.
        """
        event = self.upcoming
        if event is None:
            return None
        position = self.next_sequence
        if event.sequence != position:
            self.diverge(f"event number {position}", f"number {event.sequence} in its place: the history is damaged")
        return self.pass_over(event)

    @property
    def upcoming(self) -> HistoryEvent | None:
        """The next event of the history; `None` at its end."""
        return self._history[self._read] if self._read < len(self._history) else None

    def pass_over(self, event: E) -> E:
        """Pass the upcoming event."""
        self._read += 1
        self.ledger.fold(event)
        return event

    def diverge(self, expected: str, found: str, task_id: int | None = None, place: str | None = None) -> NoReturn:
        """Report the first difference and stop everything.

        Raises:
            Halt: always.
        """
        self.mismatch = DeterminismMismatch(expected, found, self._instance_id, task_id, place)
        self._scheduler.closed = True
        raise Halt

    def _match(self, decision: E, raised: BaseException | None) -> E:
        event = self.upcoming
        if type(event) is not type(decision) or not _same_task(event, decision):
            expected = described(event) if isinstance(event, _BY_CODE) else NO_DECISION
            task_id = decision.task_id if isinstance(decision, TaskEvent) else None
            self.diverge(expected, described(decision), task_id, raising_place(raised) or deciding_place())
        return self.pass_over(event)

    def _write(self, event: HistoryEvent) -> None:
        self.written.append(event)
        self.ledger.fold(event)


def _same_task(one: HistoryEvent, other: HistoryEvent) -> bool:
    if isinstance(one, TaskEvent) and isinstance(other, TaskEvent):
        return one.task_id == other.task_id and one.name == other.name and one.label == other.label
    return True
