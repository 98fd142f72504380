"""The live side of an instance: its coroutines, and who in them waits for what.

1. It holds state and the few steps that every verb shares; what a verb does lives in the module of the verb.
2. `calls` and `timers` hold only those whose outcome somebody may still learn; the history knows of others.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NoReturn

from durable.events import HistoryEvent, TaskEvent
from orchestrator.engine.journal import Journal
from orchestrator.engine.mailbox import Mailbox
from orchestrator.engine.places import waiting_place
from orchestrator.engine.scheduler import Branch, Scheduler
from orchestrator.engine.setup import Identity, Setup
from orchestrator.engine.wording import NO_DECISION, described

if TYPE_CHECKING:
    from orchestrator.engine.calls import Call
    from orchestrator.engine.compensation import Undo
    from orchestrator.engine.registry import AnySaga
    from orchestrator.engine.timers import Ringing


class Execution:
    """The running code of an instance.

    Attributes:
        calls: the open calls that the code has not given up, by task id.
        timers: what a timer rings for, by task id.
        mailbox: raised events and who waits for them.
        undos: the registered undos, in order.
        saga: whose code it is, once it has started.
        main: the branch of the saga itself.
        undoing: whether the saga has raised and its undos run.
        overtaken: whether the fact in hand was recorded while the instance was blocked: it may come too late.
    """

    __slots__ = (
        "calls",
        "identity",
        "journal",
        "mailbox",
        "main",
        "overtaken",
        "saga",
        "scheduler",
        "setup",
        "timers",
        "undoing",
        "undos",
    )

    def __init__(self, identity: Identity, setup: Setup) -> None:
        self.identity = identity
        self.setup = setup
        self.scheduler = Scheduler()
        self.journal = Journal(identity.instance_id, self.scheduler)
        self.calls: dict[int, Call[Any]] = {}
        self.timers: dict[int, Ringing] = {}
        self.mailbox = Mailbox()
        self.undos: list[Undo] = []
        self.saga: AnySaga | None = None
        self.main: Branch[Any] | None = None
        self.undoing = False
        self.overtaken = False

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

    def abandon_all_but(self, task_ids: Collection[int]) -> None:
        """Wait for nothing more, but for the calls of these tasks."""
        self.calls = {task_id: self.calls[task_id] for task_id in task_ids}
        self.timers.clear()
        self.mailbox.forget_waits()

    def close(self) -> None:
        """Drop the code; nothing that it does from here on counts. May be called again."""
        self.scheduler.close()
        self.abandon_all_but(())
