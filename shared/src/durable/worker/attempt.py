"""What becomes of one command: its input is read, its handler runs, and an event says how it ended.

1. Every command ends as an event. Whatever goes wrong in here fails this one attempt and nothing else.
2. The handler boundary is the one place that catches everything.
3. What is known to be secret is in neither result nor failure.
4. An attempt whose time was over has timed out, whatever its handler made of the interruption.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dishka import AsyncContainer
from pydantic import ValidationError

from durable.concealing import CONCEALED
from durable.errors import Cancelled, PayloadTooLarge
from durable.events import ActivityCompleted, ActivityFailed
from durable.failure import Failure
from durable.ids import message_id, task_subject
from durable.messages import InstanceMessage
from durable.payload import decode_payload, encode_payload
from durable.ports import Clock
from durable.worker.activity_context import ActivityContext
from durable.worker.injection import PreparedHandler, activity_scope
from durable.worker.limits import exceeded
from durable.worker.outcome import (
    failure_of_handler,
    gave_up,
    invalid_input,
    outcome_unknown,
    result_mismatch,
    timed_out,
    too_large,
    unknown_activity,
)
from durable.worker.processes import Processes
from durable.worker.registration import AnyHandler, Handler
from durable.worker.running import Run
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
        processes: where those run that compute.
    """

    worker: str
    replica: str
    handlers: Mapping[str, PreparedHandler]
    container: AsyncContainer
    clock: Clock
    threads: Threads
    processes: Processes

    async def run(self, run: Run) -> InstanceMessage | None:
        """Run a command and give the completion that answers it; none if that comes later, by token.

        Raises:
            asyncio.CancelledError: it was given up; nothing is known of its effect.
        """
        started_at = self.clock.now()
        output: object = None
        failure = _refusal(run, started_at)
        if failure is None:
            try:
                output, failure = await self._outcome(run)
            except Exception as error:  # Validators and serialisers are their authors' code and may raise anything.
                failure = failure_of_handler(error)
            if run.over is not None:
                failure = timed_out(run.command, run.over, failure)
            elif run.completes_later and failure is None:
                return None
        return self._completion(run, output, failure, started_at)

    def refused(self, run: Run, failure: Failure) -> InstanceMessage:
        """Give the completion of a command whose outcome can't be told as it is, or is not known yet."""
        return self._completion(run, None, failure, self.clock.now())

    def last_word(self, run: Run) -> tuple[InstanceMessage, datetime] | None:
        """Give the time-out that comes true if nobody completes the attempt by its token, and when; none without limit.

        Its id is not that of a completion: one that comes by token must not look like its repeat to the broker.
        """
        if run.limit is None:
            return None
        due, limit = run.limit
        command = run.command
        message = self.refused(run, timed_out(command, limit))
        subject = task_subject(command.execution, command.task_id)
        id_ = message_id(command.instance_id, command.run, "ActivityTimeout", subject, command.attempt)
        return replace(message, id=id_, trace=run.trace), due

    async def _outcome(self, run: Run) -> tuple[object, Failure | None]:
        command = run.command
        prepared = self.handlers.get(command.activity)
        if prepared is None:
            return None, unknown_activity(command.activity, self.worker, self.handlers)
        activity = prepared.handler.activity
        try:
            value = decode_payload(command.input, activity.input)
        except ValidationError as error:
            return None, invalid_input(error, command.activity)
        try:
            result = await self._call(prepared, value, run)
        except BaseException as error:  # Extension modules panic with one of their own.
            if _is_for_the_host(error, run):
                raise
            return None, _failure_of(error, run)
        if run.completes_later:
            return None, None
        try:
            return CONCEALED.data(encode_payload(result, activity.output)), None
        except PayloadTooLarge as error:
            return None, too_large(error, command.activity)
        except TypeError as error:
            return None, result_mismatch(error, command.activity)

    async def _call(self, prepared: PreparedHandler, value: object, run: Run) -> object:
        handler = prepared.handler
        if handler.run_in == "process":
            return await self.processes.run(handler.function, value, run.begin)
        if not prepared.contexts and not prepared.scoped:
            return await self._enter(handler, value, prepared.fixed, run)
        context = ActivityContext(run)
        async with activity_scope(self.container, prepared, context) as scope:
            arguments = dict(prepared.fixed)
            for name in prepared.contexts:
                arguments[name] = context
            for name, type_ in prepared.scoped:
                assert scope is not None
                arguments[name] = await scope.get(type_)
            return await self._enter(handler, value, arguments, run)

    async def _enter(self, handler: Handler, value: object, arguments: Mapping[str, object], run: Run) -> object:
        if handler.run_in == "thread":
            return await self.threads.run(_begun, run, handler.function, value, arguments)
        run.begin()
        result = handler.function(value, **arguments)
        return await result if handler.is_async else result

    def _completion(self, run: Run, output: object, failure: Failure | None, started_at: datetime) -> InstanceMessage:
        command = run.command
        stamps: dict[str, Any] = {
            "task_id": command.task_id,
            "name": command.activity,
            "attempt": command.attempt,
            "worker": self.replica,
            "started_at": started_at,
            "ended_at": self.clock.now(),
        }
        event: ActivityCompleted | ActivityFailed = (
            ActivityCompleted(output=output, **stamps)
            if failure is None
            else ActivityFailed(failure=failure, heartbeat=run.detail, **stamps)
        )
        subject = task_subject(command.execution, command.task_id)
        return InstanceMessage(
            id=message_id(command.instance_id, command.run, type(event).__name__, subject, command.attempt),
            instance_id=command.instance_id,
            event=event,
            run=command.run,
            execution=command.execution,
            trace=run.answer_trace,
        )


def _begun(run: Run, function: AnyHandler, value: object, arguments: Mapping[str, object]) -> object:
    run.begin()
    return function(value, **arguments)


def _refusal(run: Run, now: datetime) -> Failure | None:
    """Tell why a command is not run at all."""
    command = run.command
    if command.once and run.delivery_count > 1:
        return outcome_unknown(command.activity)
    limit = exceeded(command, run.delivery_count, now)
    return None if limit is None else timed_out(command, limit)


def _failure_of(error: BaseException, run: Run) -> Failure | None:
    """Tell what a handler raised; nothing of an interruption that it did not ask for, as its reason is known."""
    if isinstance(error, asyncio.CancelledError) and run.over is not None:
        return None
    if isinstance(error, Cancelled | asyncio.CancelledError) and run.cancelled and run.over is None:
        return gave_up(run.command.activity, run.reason)
    return failure_of_handler(error)


def _is_for_the_host(error: BaseException, run: Run) -> bool:
    if isinstance(error, asyncio.CancelledError):
        return run.over is None and _is_being_cancelled()
    return isinstance(error, KeyboardInterrupt | GeneratorExit)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
