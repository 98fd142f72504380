"""An instance as a test looks at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Generic, cast

from typing_extensions import TypeVar

from durable.context import Tag
from durable.errors import NotFound, SagaFailedError
from durable.failure import Failure
from durable.payload import decode_payload
from durable.results import Waiting
from durable.status import Status
from durable.tags import read_tags
from durable.testing.backend import Backend
from durable.testing.golden import History, executions
from durable.vault import open_events
from orchestrator import operations
from orchestrator.engine import Identity, Instance
from orchestrator.heads import Head
from orchestrator.operations.histories import turns
from orchestrator.records import TurnRecord

Out = TypeVar("Out", default=Any)


class NotEnded(SagaFailedError):
    """There is no result yet; says what the instance waits for."""

    def __init__(self, instance_id: str, status: str, waits_for: str) -> None:
        super().__init__(instance_id, status, None)
        self.args = (f"instance {instance_id!r} has not ended: it is {status} and waits for {waits_for}",)


class Run(Generic[Out]):
    """One instance; everything is read anew each time it is asked for.

    Raises (whatever is asked for):
        NotFound: there is no such instance.
    """

    def __init__(self, backend: Backend, instance_id: str, environment: object) -> None:
        self._backend = backend
        self._environment = environment  # It lives as long as somebody looks at what is in it.
        self.instance_id = instance_id

    def __repr__(self) -> str:
        try:
            return f"<Run {self.instance_id!r}: {self.status}>"
        except NotFound:
            return f"<Run {self.instance_id!r}: not there>"

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self._head.status

    @property
    def result(self) -> Out:
        """What the saga returned, as its declared type.

        Raises:
            SagaFailedError: it ended other than `Completed`.
            NotEnded: (a `SagaFailedError`) it has not ended; says what it waits for.
        """
        head = self._head
        if head.status is Status.COMPLETED:
            saga = self._backend.setup.registry.find(head.saga, head.version)
            return cast("Out", head.output if saga is None else decode_payload(head.output, saga.output))
        if head.status.ended:
            raise SagaFailedError(self.instance_id, str(head.status), self.failure or _told(head))
        raise NotEnded(self.instance_id, str(head.status), self._waits_for(head))

    @property
    def failure(self) -> Failure | None:
        """What it ended with, if it did not complete."""
        return self._head.failure

    @property
    def custom_status(self) -> Any:
        """What the saga set last by `ctx.set_status`, as JSON data."""
        return self._head.custom_status

    @property
    def tags(self) -> dict[str, Tag]:
        """Its tags."""
        return read_tags(self._head.tags)

    @property
    def waiting_for(self) -> list[Waiting]:
        """What it waits for: calls, timers, events, children, undos."""
        head = self._head
        if head.turns == 0:
            return []
        *_, present = executions(self.history)
        instance = Instance.replay(Identity(head.instance_id, head.run, head.execution), self._backend.setup, present)
        waiting = instance.waiting
        instance.close()
        return waiting

    @property
    def history(self) -> History:
        """All events of all executions, in order."""
        taken = self._backend.run(self._turns())
        return History((event for turn in taken for event in turn.events), self.instance_id)

    @property
    def turns(self) -> int:
        """How many turns it has taken, in all executions."""
        return len(self._backend.run(self._turns()))

    @property
    def kinds(self) -> Counter[str]:
        """How many events of each kind there are."""
        return Counter(type(event).__name__ for event in self.history)

    def _waits_for(self, head: Head) -> str:
        if head.status is Status.PENDING:
            return "settle(), which starts it"
        if head.reasons:
            return "code or an operator that repairs it: " + _listed(head)
        waiting = [f"{one.kind} {one.label or one.name!r}" + _due(one) for one in self.waiting_for]
        return ", ".join(waiting) or "nothing that is not queued: call settle()"

    @property
    def _head(self) -> Head:
        return self._backend.run(operations.show(self._backend.ports, self.instance_id))

    async def _turns(self) -> list[TurnRecord]:
        head = await operations.get(self._backend.ports, self.instance_id)
        stored = [turn async for turn in turns(self._backend.ports, head)]
        vault = self._backend.ports.vault
        return [replace(turn, events=tuple(await open_events(vault, turn.events))) for turn in stored]


def _due(waiting: Waiting) -> str:
    return f" (due {waiting.due.isoformat()})" if waiting.due is not None else ""


def _told(head: Head) -> Failure | None:
    """Give the reasons of an instance without a failure as one."""
    return Failure(f"durable.{head.status}", _listed(head), retryable=False) if head.reasons else None


def _listed(head: Head) -> str:
    return "; ".join(f"{where}: {what}" for where, what in head.reasons)
