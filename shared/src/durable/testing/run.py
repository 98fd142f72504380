"""An instance as a test looks at it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Generic, cast

from typing_extensions import TypeVar

from durable.errors import SagaFailedError
from durable.failure import Failure
from durable.payload import decode_payload
from durable.ports import Record
from durable.status import Status
from durable.testing.backend import Backend
from durable.testing.golden import History
from orchestrator import operations
from orchestrator.heads import Head
from orchestrator.records import decode_turn, records_range

Out = TypeVar("Out", default=Any)


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
        return f"<Run {self.instance_id!r}: {self.status}>"

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self._head.status

    @property
    def result(self) -> Out:
        """What the saga returned, as its declared type.

        Raises:
            SagaFailedError: it ended other than `Completed`, or has not ended: says what it waits for.
        """
        head = self._head
        if head.status is Status.COMPLETED:
            saga = self._backend.setup.registry.find(head.saga, head.version)
            return cast("Out", head.output if saga is None else decode_payload(head.output, saga.output))
        raise SagaFailedError(self.instance_id, str(head.status), self.failure)

    @property
    def failure(self) -> Failure | None:
        """What it ended with, if it did not complete."""
        return self._head.failure

    @property
    def history(self) -> History:
        """All events of all executions, in order."""
        turns = [decode_turn(record) for record in self._backend.run(self._turns())]
        turns.sort(key=lambda turn: (turn.execution, turn.sequence))
        return History((event for turn in turns for event in turn.events), self.instance_id)

    @property
    def turns(self) -> int:
        """How many turns it has taken, in all executions."""
        return len(self._backend.run(self._turns()))

    @property
    def kinds(self) -> Counter[str]:
        """How many events of each kind there are."""
        return Counter(type(event).__name__ for event in self.history)

    @property
    def _head(self) -> Head:
        return self._backend.run(operations.get(self._backend.ports, self.instance_id))

    async def _turns(self) -> list[Record]:
        head = await operations.get(self._backend.ports, self.instance_id)
        found = self._backend.store.scan(head.partition, *records_range(self.instance_id))
        return [stored.record async for stored in found if stored.record["kind"] == "turn"]
