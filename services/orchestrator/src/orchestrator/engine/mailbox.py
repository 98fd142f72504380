"""Raised events: kept until somebody waits for them, taken in order of arrival.

1. Events of one name are taken in the order in which they came, by the waits in the order in which those were made.
2. An event is either kept or taken: while there are events of a name, nobody waits for it.
3. A payload that does not fit is taken all the same, and its wait fails.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import TypeForm

from durable.errors import Cancelled, EventInvalid, EventTimeout
from durable.events import TimerCreated
from orchestrator.engine.handles import Pending
from orchestrator.engine.payloads import Misfit, read_payload
from orchestrator.engine.timers import cancel_timer, create_timer, due_at

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

T = TypeVar("T")


class Mailbox:
    """The events that nobody has taken, and the waits that no event has come for.

    Attributes:
        taken: how many events were taken.
    """

    __slots__ = ("_arrived", "_kept", "_waits", "taken")

    def __init__(self) -> None:
        self._arrived = 0
        self._kept: dict[str, deque[tuple[int, object]]] = {}
        self._waits: dict[str, list[EventWait[Any]]] = {}
        self.taken = 0

    @property
    def waits(self) -> list[EventWait[Any]]:
        """Who waits, in no particular order."""
        return [wait for waits in self._waits.values() for wait in waits]

    @property
    def unread(self) -> tuple[tuple[str, object], ...]:
        """Name and payload of each event that nobody has taken, in order of arrival."""
        kept = [(number, name, payload) for name, events in self._kept.items() for number, payload in events]
        return tuple((name, payload) for _, name, payload in sorted(kept, key=lambda entry: entry[0]))

    def count(self, name: str) -> int:
        """Count the events of a name that nobody has taken."""
        return len(self._kept.get(name, ()))

    def deliver(self, name: str, payload: object) -> None:
        """Hand an event to the first open wait for it, or keep it."""
        waits = self._waits.get(name)
        if waits:
            self.taken += 1
            waits.pop(0).take(payload)
            return
        self._arrived += 1
        self._kept.setdefault(name, deque()).append((self._arrived, payload))

    def enlist(self, wait: EventWait[Any]) -> bool:
        """Give a wait the first event that was kept for it, or let it wait; tell whether there was one."""
        kept = self._kept.get(wait.name)
        if kept:
            self.taken += 1
            wait.take(kept.popleft()[1])
            return True
        self._waits.setdefault(wait.name, []).append(wait)
        return False

    def withdraw(self, wait: EventWait[Any]) -> None:
        """Let a wait wait no more, that has ended without an event or that nobody awaits."""
        waits = self._waits.get(wait.name)
        if waits and wait in waits:
            waits.remove(wait)

    def forget_waits(self) -> None:
        """Hand events to nobody any more."""
        self._waits.clear()


class EventWait(Pending[T]):
    """A wait for one event.

    Attributes:
        name: the name of the event.
        since: when it began.
        timer: the timer at which it ends, if it has one.
    """

    __slots__ = ("_execution", "_timeout", "_type", "name", "since", "timer")

    def __init__(self, execution: Execution, name: str, type_: TypeForm[T]) -> None:
        super().__init__(execution.scheduler)
        self._execution = execution
        self._type = type_
        self._timeout = timedelta.max
        self.timer: TimerCreated | None = None
        self.since = execution.journal.at
        self.name = name

    def take(self, payload: object) -> None:
        """Take the event."""
        self._stop_timer()
        try:
            value = read_payload(payload, self._type)
        except Misfit as misfit:
            self.fail(EventInvalid(self.name, misfit.reasons))
        else:
            self.succeed(value)

    def ring(self) -> None:
        self.timer = None
        self._execution.mailbox.withdraw(self)
        self.fail(EventTimeout(self.name, self._timeout))

    def cancel(self) -> None:
        if self.settled or self.scheduler.closed:
            return
        self._execution.mailbox.withdraw(self)
        self._stop_timer()
        self.fail(Cancelled())

    def rest(self) -> None:
        self._execution.mailbox.withdraw(self)

    def rouse(self) -> None:
        self._execution.mailbox.enlist(self)

    def give_up_after(self, timeout: timedelta, due: datetime) -> None:
        """Set the timer at which the wait ends."""
        self._timeout = timeout
        self.timer = create_timer(self._execution, self.name, due)
        self._execution.timers[self.timer.task_id] = self

    def _stop_timer(self) -> None:
        if self.timer is not None:
            timer, self.timer = self.timer, None
            cancel_timer(self._execution, timer)


def wait_for_event(execution: Execution, name: str, type_: TypeForm[T], timeout: timedelta | None) -> EventWait[T]:
    """Wait for an event; a timer is set only if none was kept."""
    due = None if timeout is None else due_at(timeout, execution.journal.at)
    wait = EventWait(execution, name, type_)
    if not execution.mailbox.enlist(wait) and timeout is not None and due is not None:
        wait.give_up_after(timeout, due)
    return wait
