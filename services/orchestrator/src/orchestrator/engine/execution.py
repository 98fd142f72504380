"""The live side of an instance: its coroutines, and who in them waits for what.

1. It holds state and the few steps that every verb shares; what a verb does lives in the module of the verb.
2. `steps` and `timers` hold only those whose outcome somebody may still learn; the history knows of others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NoReturn

from durable.events import HistoryEvent, TaskEvent
from orchestrator.engine.journal import Journal
from orchestrator.engine.mailbox import Mailbox
from orchestrator.engine.places import waiting_place
from orchestrator.engine.scheduler import Branch, Scheduler
from orchestrator.engine.setup import Identity, Setup
from orchestrator.engine.undos import Undos
from orchestrator.engine.wording import NO_DECISION, described

if TYPE_CHECKING:
    from orchestrator.engine.registry import AnySaga
    from orchestrator.engine.steps import Step
    from orchestrator.engine.timers import Ringing


class Execution:
    """The running code of an instance.

    Attributes:
        steps: the open calls and children that the code has not given up, by task id.
        abandoned: tasks that the code has given up: their outcome is ignored.
        timers: what a timer rings for, by task id.
        mailbox: raised events and who waits for them.
        undos: what is to be undone.
        saga: whose code it is, once it has started.
        main: the branch of the saga itself.
        undoing: whether the saga has raised and its undos run.
        overtaken: whether the fact in hand waited since the instance was halted: it may come too late.
        backlog: the facts behind it that are there as well.
        behind: the facts behind it that are given again.
        lineage: whose chance the code has, at present and after each rewinding that the history still has.
        cancelled: why the instance is to be cancelled, if somebody asked.
        shields: how many branches are where no cancel reaches.
        unshielded: whether a cancel waits for that.
    """

    __slots__ = (
        "abandoned",
        "backlog",
        "behind",
        "cancelled",
        "identity",
        "journal",
        "lineage",
        "mailbox",
        "main",
        "overtaken",
        "saga",
        "scheduler",
        "setup",
        "shields",
        "steps",
        "timers",
        "undoing",
        "undos",
        "unshielded",
    )

    def __init__(self, identity: Identity, setup: Setup) -> None:
        self.identity = identity
        self.setup = setup
        self.scheduler = Scheduler()
        self.journal = Journal(identity.instance_id, self.scheduler, setup.limits)
        self.steps: dict[int, Step[Any, Any]] = {}
        self.abandoned: dict[int, None] = {}
        self.timers: dict[int, Ringing] = {}
        self.mailbox = Mailbox()
        self.undos = Undos()
        self.saga: AnySaga | None = None
        self.main: Branch[Any] | None = None
        self.undoing = False
        self.overtaken = False
        self.backlog: Collection[HistoryEvent] = ()
        self.behind: deque[HistoryEvent] | None = None
        self.lineage = [identity]
        self.cancelled: str | None = None
        self.shields = 0
        self.unshielded = False

    def stray(self, fact: HistoryEvent) -> None:
        """Meet a fact that nothing in the code waits for: too late if it was overtaken, a mismatch otherwise.

        Raises:
            Halt: it is a mismatch.
        """
        if not self.overtaken:
            task_id = fact.task_id if isinstance(fact, TaskEvent) else None
            self.diverge(described(fact), "nothing that waits for it", task_id)

    def idle(self, expected: HistoryEvent) -> NoReturn:
        """Report that the history has a decision that the code did not take.

        Raises:
            Halt: always.
        """
        task_id = expected.task_id if isinstance(expected, TaskEvent) else None
        self.diverge(described(expected), NO_DECISION, task_id)

    def diverge(self, expected: str, found: str, task_id: int | None = None) -> NoReturn:
        """Report a mismatch at the line where the saga waits.

        Raises:
            Halt: always.
        """
        place = waiting_place(self.main.coroutine) if self.main else None
        self.journal.diverge(expected, found, task_id, place)

    def abandon(self, step: Step[Any, Any]) -> None:
        """Ignore the outcome of a call; whoever carries it out learns so when it next tells of itself."""
        del self.steps[step.scheduled.task_id]
        self.abandoned[step.scheduled.task_id] = None

    def give_up_waits(self) -> None:
        """Wait for no timer and no event any more."""
        self.timers.clear()
        self.mailbox.forget_waits()

    def close(self) -> None:
        """Drop the code; nothing that it does from here on counts. May be called again."""
        self.scheduler.close()
        self.steps.clear()
        self.give_up_waits()
