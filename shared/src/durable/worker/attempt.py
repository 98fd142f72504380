"""What becomes of one command: its input is read, its handler runs, and an event says how it ended.

1. Every command ends as an event. Whatever goes wrong in here fails this one attempt and nothing else.
2. The handler boundary is the one place that catches everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dishka import AsyncContainer
from pydantic import ValidationError

from durable.errors import PayloadTooLarge
from durable.events import ActivityCompleted, ActivityFailed, HistoryEvent
from durable.failure import Failure
from durable.ids import message_id, task_subject
from durable.messages import Command, InstanceMessage
from durable.payload import decode_payload, encode_payload
from durable.ports import Clock
from durable.worker.activity_context import ActivityContext, context_of
from durable.worker.injection import PreparedHandler, activity_scope
from durable.worker.outcome import (
    failure_of_handler,
    invalid_input,
    result_mismatch,
    too_large,
    unknown_activity,
)
from durable.worker.threads import Threads


@dataclass(frozen=True, slots=True)
class Attempts:
    """Runs commands of one worker.

    Attributes:
        worker: name of the worker.
        replica: this process, as histories name it.
        handlers: by activity name.
        container: where handlers get their dependencies.
        clock: tells when attempts start and end.
        threads: where plain functions run.
    """

    worker: str
    replica: str
    handlers: Mapping[str, PreparedHandler]
    container: AsyncContainer
    clock: Clock
    threads: Threads

    async def run(self, command: Command, deliveries_before: int) -> InstanceMessage:
        """Run a command and give the completion that answers it.

        Raises:
            asyncio.CancelledError: it was given up; nothing is known of its effect.
        """
        started_at = self.clock.now()
        output: object
        failure: Failure | None
        try:
            output, failure = await self._outcome(command, deliveries_before)
        except Exception as error:  # Validators and serialisers are their authors' code and may raise anything.
            output, failure = None, failure_of_handler(error)
        return self._completion(command, output, failure, started_at)

    def refused(self, command: Command, failure: Failure) -> InstanceMessage:
        """Give the completion of a command whose outcome can't be told as it is."""
        return self._completion(command, None, failure, self.clock.now())

    async def _outcome(self, command: Command, deliveries_before: int) -> tuple[object, Failure | None]:
        prepared = self.handlers.get(command.activity)
        if prepared is None:
            return None, unknown_activity(command.activity, self.worker, self.handlers)
        activity = prepared.handler.activity
        try:
            value = decode_payload(command.input, activity.input)
        except ValidationError as error:
            return None, invalid_input(error, command.activity)
        try:
            result = await self._call(prepared, value, context_of(command, deliveries_before))
        except BaseException as error:  # Extension modules panic with one of their own.
            if _is_for_the_host(error):
                raise
            return None, failure_of_handler(error)
        try:
            return encode_payload(result, activity.output), None
        except PayloadTooLarge as error:
            return None, too_large(error, command.activity)
        except TypeError as error:
            return None, result_mismatch(error, command.activity)

    async def _call(self, prepared: PreparedHandler, value: object, context: ActivityContext) -> object:
        async with activity_scope(self.container, prepared, context) as scope:
            arguments = dict(prepared.fixed)
            for name in prepared.contexts:
                arguments[name] = context
            for name, type_ in prepared.scoped:
                assert scope is not None
                arguments[name] = await scope.get(type_)
            function = prepared.handler.function
            if prepared.handler.run_in == "thread":
                return await self.threads.run(function, value, **arguments)
            result = function(value, **arguments)
            return await result if prepared.handler.is_async else result

    def _completion(
        self, command: Command, output: object, failure: Failure | None, started_at: datetime
    ) -> InstanceMessage:
        stamps: dict[str, Any] = {
            "task_id": command.task_id,
            "name": command.activity,
            "attempt": command.attempt,
            "worker": self.replica,
            "started_at": started_at,
            "ended_at": self.clock.now(),
        }
        event: HistoryEvent = (
            ActivityCompleted(output=output, **stamps) if failure is None else ActivityFailed(failure=failure, **stamps)
        )
        kind = type(event).__name__
        return InstanceMessage(
            id=message_id(
                command.instance_id,
                command.run,
                kind,
                task_subject(command.execution, command.task_id),
                command.attempt,
            ),
            instance_id=command.instance_id,
            event=event,
            run=command.run,
            execution=command.execution,
            trace=command.trace,
        )


def _is_for_the_host(error: BaseException) -> bool:
    if isinstance(error, asyncio.CancelledError):
        return _is_being_cancelled()
    return isinstance(error, KeyboardInterrupt | GeneratorExit)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
