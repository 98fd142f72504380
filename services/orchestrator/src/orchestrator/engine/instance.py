"""A live instance: the one object through which a host meets the engine.

1. It lives in memory only: dropped at any time, it comes back by `replay` of its history.
2. It changes in `turn` alone. A turn that could not be committed, or that raised, leaves an instance that nobody may
   use any more: drop it.
3. `replay` never raises for a mismatch: the instance is then blocked, records what comes and runs no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from durable.errors import DeterminismMismatch
from durable.events import Blocked, HistoryEvent, SagaStarted, Unblocked
from durable.failure import Failure
from durable.payload import Reason
from durable.status import Status
from orchestrator.engine.execution import Execution
from orchestrator.engine.facts import apply
from orchestrator.engine.judging import Verdict, judge
from orchestrator.engine.replay import catch_up, replay
from orchestrator.engine.setup import Identity, Setup
from orchestrator.engine.turn import Turn, outbox_of

RUNNABLE = "a turn that can be run and stored"


class Instance:
    """One execution of an instance, with its coroutine suspended between turns.

    Attributes:
        identity: which one it is.
    """

    __slots__ = ("_execution", "_journal", "_ledger", "_waiting", "identity")

    def __init__(self, identity: Identity, setup: Setup, history: Sequence[HistoryEvent]) -> None:
        self.identity = identity
        self._execution = Execution(identity, setup)
        self._journal = self._execution.journal
        self._ledger = self._journal.ledger
        self._waiting = replay(self._execution, history)

    @staticmethod
    def new(identity: Identity, setup: Setup) -> Instance:
        """Make an instance that nothing has happened to yet."""
        return Instance(identity, setup, ())

    @staticmethod
    def replay(identity: Identity, setup: Setup, history: Sequence[HistoryEvent]) -> Instance:
        """Bring an instance to where its history stands; a mismatch makes it blocked, unless it has ended."""
        return Instance(identity, setup, history)

    @property
    def status(self) -> Status:
        """Where it stands."""
        status = self._ledger.status
        return Status.BLOCKED if self.mismatch is not None and not status.ended else status

    @property
    def mismatch(self) -> DeterminismMismatch | None:
        """The first difference between the code and the history, if there is one."""
        return self._journal.mismatch

    @property
    def pending(self) -> bool:
        """Whether something must be committed although nothing came: that it is blocked, or no longer is."""
        blocked = self._ledger.blocked
        if self._ledger.status.ended or self.mismatch is None:
            return blocked is not None
        return blocked is None or not _tells(blocked, self.mismatch)

    @property
    def saga(self) -> str:
        """Name of its saga; empty before it has started."""
        return self._ledger.started.saga if self._ledger.started else ""

    @property
    def version(self) -> str:
        """The version that it stays on; empty before it has started and if there never was one."""
        return (self._ledger.started.version or "") if self._ledger.started else ""

    @property
    def input(self) -> object:
        """Its input as JSON data."""
        return self._ledger.started.input if self._ledger.started else None

    @property
    def output(self) -> object:
        """Its result as JSON data, once it has completed."""
        return getattr(self._ledger.end, "output", None)

    @property
    def failure(self) -> Failure | None:
        """What it ended with, if it did not complete."""
        return getattr(self._ledger.end, "failure", None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why its input was rejected, or what blocks it."""
        return reasons_of(self._ledger.blocked or self._ledger.end)

    @property
    def event_count(self) -> int:
        """Length of its history."""
        return self._ledger.count

    @property
    def unread_events(self) -> int:
        """How many raised events its code has not taken."""
        return self._ledger.received - self._execution.mailbox.taken

    def is_open(self, task_id: int, attempt: int) -> bool:
        """Tell whether an attempt is unanswered, or a timer neither fired nor cancelled."""
        return self._ledger.is_open(task_id, attempt)

    def judge(self, event: HistoryEvent) -> Verdict:
        """Tell whether an event still has something to say; changes nothing."""
        return judge(self._ledger, None if self.mismatch else self._execution, event)

    def turn(self, inbox: Sequence[HistoryEvent], now: datetime) -> Turn:
        """Take what came, in its order, and let the code go on until it waits.

        Raises:
            ValueError: an event was not judged: this history has not reached it.
            AuthorError: a `retry_if` raised.
        """
        journal, ledger = self._journal, self._ledger
        turning_points = ledger.turning_points
        journal.open_turn(now)
        if self.pending:
            self._tell_standing()
        for event in inbox:
            self._take(event)
        events = journal.close_turn()
        changed = ledger.turning_points != turning_points
        return Turn(journal.at, events, outbox_of(events, ledger), self.status, head_changed=changed)

    def block(self, fault: str) -> None:
        """Run no more code: its turn can't be run or stored. The next turn records that, and what comes for it."""
        self._journal.mismatch = DeterminismMismatch(RUNNABLE, fault, self.identity.instance_id, None, None)
        self._execution.close()

    def close(self) -> None:
        """Drop the code; what its `finally` blocks do has no effect. The instance takes no further turn."""
        self._execution.close()

    def _take(self, event: HistoryEvent) -> None:
        verdict = self.judge(event)
        if verdict is Verdict.STALE:
            return
        if verdict is Verdict.AHEAD:
            raise ValueError(f"expected an event that this history has reached (judge it first); found {event!r:.300}")
        fact = self._journal.record(self._pinned(event))
        if self.mismatch is None:
            apply(self._execution, fact)

    def _pinned(self, event: HistoryEvent) -> HistoryEvent:
        if not isinstance(event, SagaStarted) or event.version is not None:
            return event
        newest = self._execution.setup.registry.find(event.saga)
        return event if newest is None else replace(event, version=newest.version)

    def _tell_standing(self) -> None:
        journal, mismatch = self._journal, self.mismatch
        if mismatch is None:
            journal.decide(Unblocked(at=journal.at, sequence=journal.next_sequence))
            catch_up(self._execution, self._waiting)
        else:
            journal.decide(
                Blocked(
                    at=journal.at,
                    sequence=journal.next_sequence,
                    expected=mismatch.expected,
                    found=mismatch.found,
                    task_id=mismatch.task_id,
                    location=mismatch.location,
                )
            )


def reasons_of(event: HistoryEvent | None) -> tuple[Reason, ...]:
    """Give the reasons that an end or a block states: (location, message)."""
    if isinstance(event, Blocked):
        stated = (("expected", event.expected), ("found", event.found), ("location", event.location or ""))
        return tuple((where, what) for where, what in stated if what)
    return getattr(event, "reasons", ())


def _tells(blocked: Blocked, mismatch: DeterminismMismatch) -> bool:
    reported = (mismatch.expected, mismatch.found, mismatch.task_id, mismatch.location)
    return (blocked.expected, blocked.found, blocked.task_id, blocked.location) == reported
