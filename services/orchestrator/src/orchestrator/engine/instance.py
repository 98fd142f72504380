"""A live instance: the one object through which a host meets the engine.

1. It lives in memory only: dropped at any time, it comes back by `replay` of its history.
2. It changes in `turn` alone. A turn that could not be committed, or that raised, leaves an instance that nobody may
   use any more: drop it.
3. `replay` never raises for a mismatch: the instance is then blocked, records what comes and runs no code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from durable.errors import AuthorError, DeterminismMismatch
from durable.events import Blocked, EventReceived, HistoryEvent, SagaStarted, SagaTerminated, Unblocked
from durable.results import Waiting
from durable.status import Status
from orchestrator.engine.children import end_children
from orchestrator.engine.continuing import brought_by
from orchestrator.engine.execution import Execution
from orchestrator.engine.journal import Halt
from orchestrator.engine.judging import Verdict, judge
from orchestrator.engine.replay import catch_up, replay, take
from orchestrator.engine.setup import Identity, Setup
from orchestrator.engine.standing import Standing
from orchestrator.engine.turn import Turn, outbox_of
from orchestrator.engine.waiting import waiting_for

RUNNABLE = "a turn that can be run and stored"


class LimitPassed(AuthorError):
    """The turn would do more than one instance may: it must not be committed, and the instance is to be blocked."""


class Instance(Standing):
    """One execution of an instance, with its coroutine suspended between turns.

    Attributes:
        identity: which one it is.
    """

    __slots__ = ("_execution", "_journal", "_waiting", "identity")

    def __init__(self, identity: Identity, setup: Setup, history: Sequence[HistoryEvent]) -> None:
        self.identity = identity
        self._execution = Execution(identity, setup)
        self._journal = self._execution.journal
        super().__init__(self._journal.ledger)
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
        if self.mismatch is None:
            return blocked is not None
        if blocked is None:
            return not self._ledger.phase.ended
        return not _tells(blocked, self.mismatch)

    @property
    def unread_events(self) -> int:
        """How many raised events its code has not taken."""
        return self._ledger.received - self._execution.mailbox.taken

    @property
    def waiting(self) -> list[Waiting]:
        """What it waits for."""
        return waiting_for(self._ledger, None if self.mismatch else self._execution)

    def judge(self, event: HistoryEvent) -> Verdict:
        """Tell whether an event still has something to say; changes nothing."""
        return judge(self._ledger, None if self.mismatch else self._execution, event)

    def turn(self, inbox: Sequence[HistoryEvent], now: datetime) -> Turn:
        """Take what came, in its order, and let the code go on until it waits.

        Raises:
            ValueError: an event was not judged: this history has not reached it.
            AuthorError: a `retry_if` raised, or (`LimitPassed`) the turn would do more than it may.
        """
        journal, ledger = self._journal, self._ledger
        changes, mismatch = ledger.head_changes, self.mismatch
        journal.open_turn(now)
        taken = self._take_all(inbox)
        if mismatch is None and self.mismatch is not None:
            raise LimitPassed(f"expected {self.mismatch.expected}; found {self.mismatch.found}")
        events = journal.close_turn()
        return Turn(
            at=journal.at,
            events=events,
            outbox=outbox_of(events, ledger),
            status=self.status,
            head_changed=ledger.head_changes != changes,
            taken=taken,
            logs=journal.logbook.close(),
        )

    def turn_again(self, inbox: Sequence[HistoryEvent], now: datetime) -> Turn:
        """Take what is given again; if it makes the code continue as new, the events behind it go along."""
        self._execution.behind = deque(inbox)
        return self.turn(inbox, now)

    def block(self, fault: str) -> None:
        """Run no more code: its turn can't be run or stored. The next turn records that, and what comes for it."""
        self._journal.mismatch = DeterminismMismatch(RUNNABLE, fault, self.identity.instance_id, None, None)
        self._execution.close()

    def close(self) -> None:
        """Drop the code; what its `finally` blocks do has no effect. The instance takes no further turn."""
        self._execution.close()

    def _take_all(self, inbox: Sequence[HistoryEvent]) -> int:
        taken = 0
        try:
            if self.pending:
                self._tell_standing()
            for event in inbox:
                if self._ledger.continued is not None:
                    break
                if self._execution.behind:
                    self._execution.behind.popleft()
                self._take(event)
                taken += 1
        except Halt:  # The mismatch says why.
            return taken
        return taken

    def _take(self, event: HistoryEvent) -> None:
        verdict = self.judge(event)
        if verdict is Verdict.STALE:
            return
        if verdict is Verdict.AHEAD:
            raise ValueError(f"expected an event that this history has reached (judge it first); found {event!r:.300}")
        if self.mismatch is not None and self._ledger.blocked is None:
            self._tell_standing()
        fact = self._journal.record(self._pinned(event))
        brought = brought_by(fact) if isinstance(fact, SagaStarted) else ()
        if self.mismatch is None:
            self._execution.backlog = brought
            take(self._execution, fact, self._waiting)
            self._execution.backlog = ()
        elif isinstance(fact, SagaTerminated):
            end_children(self._journal, fact)
        for one in brought if self._ledger.continued is None else ():
            self._take_along(one)

    def _take_along(self, fact: HistoryEvent) -> None:
        if self._ledger.phase.ended and isinstance(fact, EventReceived):
            self._journal.record(fact)  # Nobody can read it any more, but it was there from the start.
        else:
            self._take(fact)

    def _pinned(self, event: HistoryEvent) -> HistoryEvent:
        if not isinstance(event, SagaStarted) or event.version is not None:
            return event
        newest = self._execution.setup.registry.find(event.saga)
        return event if newest is None else replace(event, version=newest.version)

    def _tell_standing(self) -> None:
        journal, mismatch = self._journal, self.mismatch
        if mismatch is None:
            journal.decide(Unblocked(at=journal.at, sequence=journal.next_sequence))
            if not self._ledger.suspended:
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


def _tells(blocked: Blocked, mismatch: DeterminismMismatch) -> bool:
    reported = (mismatch.expected, mismatch.found, mismatch.task_id, mismatch.location)
    return (blocked.expected, blocked.found, blocked.task_id, blocked.location) == reported
