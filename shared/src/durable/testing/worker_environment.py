"""Runs the handlers of a worker as its host does, with what they get injected, and without a broker.

1. What runs is the host's own: input and result pass through the codec, parameters come from the container, failures
   are told as a saga would see them.
2. A test replaces a dependency by a provider of its own, which comes after those of the worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from dishka import Provider

from durable.activity import Activity
from durable.adapters.clock import SystemClock
from durable.adapters.memory import MemoryObjects
from durable.adapters.secrets.environment import PREFIX, EnvironmentSecrets, variable_name
from durable.errors import ActivityError
from durable.events import ActivityCompleted, ActivityFailed
from durable.ids import idempotency_key
from durable.messages import Command
from durable.payload import decode_payload, encode_payload
from durable.secrets import CachedSecrets
from durable.stores import ObjectStores
from durable.vault import Vault
from durable.worker.attempt import Attempts
from durable.worker.injection import container_of, prepare
from durable.worker.performer import Answer, Performer
from durable.worker.processes import Processes
from durable.worker.provided import own_provider
from durable.worker.registration import Worker
from durable.worker.running import Run
from durable.worker.runs import Runs
from durable.worker.signals import Signal
from durable.worker.threads import Threads

In = TypeVar("In")
Out = TypeVar("Out")
_RUN = "0" * 16


class WorkerEnvironment:
    """A worker in the event loop of the test: `async with WorkerEnvironment(worker, [TestProvider()]) as env`.

    Attributes:
        objects: the main object store, in memory.
        stores: all of them by name.
        heartbeats: the details that handlers told, in order.
    """

    def __init__(
        self,
        worker: Worker,
        providers: Sequence[Provider] = (),
        *,
        stores: Sequence[str] = (),
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self.objects = MemoryObjects()
        self.stores = ObjectStores(self.objects, {name: MemoryObjects() for name in stores})
        self.heartbeats: list[object] = []
        self._worker = worker
        self._providers = providers
        self._clock = SystemClock()
        variables = {PREFIX + variable_name(name): value for name, value in (secrets or {}).items()}
        self._secrets = CachedSecrets(EnvironmentSecrets(variables), self._clock, timedelta(0))
        self._performer: Performer | None = None
        self._running: set[Run] = set()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Make what lives as long as the process.

        Raises:
            AuthorError, dishka.exceptions.GraphMissingFactoryError: something can't be injected, as at the start.
        """
        threads, processes = Threads(4), Processes(1)
        self._open.callback(threads.close)
        self._open.callback(processes.close)
        own = own_provider(self.stores, self._clock, self._secrets)
        container = container_of([own, *self._providers], threads, processes, self._worker.classes)
        self._open.push_async_callback(container.close)
        try:
            handlers = await prepare(self._worker.handlers.values(), container)
        except BaseException:
            await self._open.aclose()
            raise
        name = self._worker.name
        attempts = Attempts(name, f"{name}@test", handlers, container, self._clock, threads, processes)
        runs = Runs(self, self._clock, Signal(), asyncio.get_running_loop())
        self._performer = Performer(attempts, runs, Vault(self.objects))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close what was made."""
        self._performer = None
        await self._open.aclose()

    async def run(
        self,
        activity: Activity[In, Out],
        input: In,
        *,
        instance_id: str = "test",
        attempt: int = 1,
        delivery_count: int = 1,
        last_heartbeat: object = None,
        start_to_close: timedelta | None = None,
    ) -> Out:
        """Run the handler of an activity once, and give its result.

        Raises:
            ActivityError: the attempt failed; `failure` tells a saga how, and whether another may help.
            RuntimeError: the environment is not open, or the handler left its outcome to somebody else.
        """
        if self._performer is None:
            raise RuntimeError("expected an environment that is open: async with WorkerEnvironment(...) as env")
        command = Command(
            instance_id=instance_id,
            run=_RUN,
            execution=1,
            task_id=1,
            attempt=attempt,
            activity=activity.name,
            input=encode_payload(input, activity.input),
            idempotency_key=idempotency_key(instance_id, _RUN, 1, 1),
            reply_session="000",
            start_to_close=None if start_to_close is None else start_to_close.total_seconds(),
            last_heartbeat=last_heartbeat,
        )
        answers: list[Answer] = []
        await self._performer.perform(object(), command, delivery_count - 1, answers.append)
        return _outcome(activity, answers[0])

    def cancel(self, reason: str = "") -> None:
        """Let every attempt that runs know that nobody waits for it any more."""
        for run in self._running:
            run.reason = reason
            run.cancelled.set()

    def start(self, run: Run) -> None:
        """A command is taken."""
        self._running.add(run)

    def tell(self, run: Run) -> None:
        """A run is at work: nobody is told."""

    def beat(self, run: Run) -> None:
        """A handler told a detail."""
        self.heartbeats.append(run.detail)

    def end(self, run: Run) -> None:
        """A run has ended: its answer tells how."""
        self._running.discard(run)


def _outcome(activity: Activity[Any, Out], answer: Answer) -> Out:
    match None if answer.due is not None or answer.message is None else answer.message.event:
        case ActivityCompleted() as event:
            return cast("Out", decode_payload(event.output, activity.output))
        case ActivityFailed() as event:
            raise ActivityError(event.failure, activity.name)
        case _:
            raise RuntimeError(
                f"expected an outcome of {activity.name!r}; its handler left it to whoever has the token"
            )
