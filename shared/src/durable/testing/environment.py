"""`SagaEnvironment`: sagas, handlers and a clock, for the tests of authors.

1. Nothing here waits, and nothing needs an event loop: a test is plain code, whether or not a loop runs around it.
2. Verbs queue what they say; `settle` and `advance` let it happen.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from durable.saga import Saga
from durable.status import Status
from durable.testing.backend import Backend
from durable.testing.handlers import Effect, Handlers
from durable.testing.mode import Mode
from durable.testing.run import Run
from durable.testing.verbs import Verbs


class SagaEnvironment(Verbs):
    """Runs sagas in memory and in virtual time, by the parts that run them in production.

    What is queued between two `settle` reaches an instance as one batch, or one by one in `Mode.SPLIT`.

    `handlers` are functions by activity: of the input, or of the input and an `ActivityContext`; sync or async. A call
    of an activity without a handler fails and says which to add. The same `seed` gives the same ids, jitter and order.

    Raises:
        AuthorError: two sagas have the same name and version.
        TypeError: something is no saga, no handler of an activity, or no mode.
    """

    def __init__(
        self,
        sagas: Sequence[Saga[Any, Any]],
        handlers: Handlers | None = None,
        mode: Mode = Mode.LIVE,
        seed: int = 0,
    ) -> None:
        if not isinstance(mode, Mode):
            raise TypeError(f"expected a Mode, such as Mode.COLD; found {mode!r}")
        super().__init__(Backend(sagas, handlers or {}, mode, seed))
        weakref.finalize(self, self._backend.loop.drop)

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self._backend.clock.now()

    @property
    def effects(self) -> list[Effect]:
        """Activity and input of each handler that ran, in order; the details of each run are attributes."""
        return self._backend.effects

    def run(self, instance_id: str | Run) -> Run:
        """Look at an instance, also one that was started elsewhere.

        Raises:
            NotFound: (when something of it is asked for) there is no such instance.
        """
        return self._run(instance_id.instance_id if isinstance(instance_id, Run) else instance_id)

    def settle(self) -> None:
        """Run until nothing is due at the present virtual time."""
        self._backend.settle()

    def advance(self, span: timedelta) -> None:
        """Settle, then let virtual time pass: timers, retries and time-outs fire in order, each at its own time.

        Raises:
            ValueError: the span is negative.
        """
        if span < timedelta(0):
            raise ValueError(f"expected a time span of zero or more; found {span}: virtual time does not go back")
        self._backend.advance(span)

    def deploy(self, sagas: Sequence[Saga[Any, Any]]) -> None:
        """Put other code in place, as a restart would; what has changed shows as instances are loaded again.

        Instances that are `Blocked` are tried again at the next `settle`.
        """
        self._backend.deploy(sagas)
        for blocked in self.list(status=Status.BLOCKED):
            self.unblock(blocked.id, "other code is in place")

    def evict(self, instance_id: str) -> None:
        """Drop an instance from memory; its next turn replays its history."""
        self._backend.evict(instance_id)
