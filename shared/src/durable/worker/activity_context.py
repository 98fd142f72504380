"""What a handler may know and say of the attempt that it runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from durable.tokens import CompletionToken
from durable.worker.running import Run
from durable.worker.signals import Signal

_Log = logging.LoggerAdapter[logging.Logger]


class ActivityContext:
    """One run of a handler, for one attempt of one task. Everything in here may be used in a thread too."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def instance_id(self) -> str:
        """The instance that called the activity."""
        return self._run.command.instance_id

    @property
    def task_id(self) -> int:
        """The task, unique within the execution of the instance."""
        return self._run.command.task_id

    @property
    def activity(self) -> str:
        """Name of the activity."""
        return self._run.command.activity

    @property
    def attempt(self) -> int:
        """Which attempt of the task this is, from 1."""
        return self._run.command.attempt

    @property
    def delivery_count(self) -> int:
        """Which delivery of this attempt this is, from 1.

        More than 1 means that an earlier run of it may have had its effect, in whole or in part.
        """
        return self._run.delivery_count

    @property
    def idempotency_key(self) -> str:
        """Equal for all attempts and deliveries of the task; hand it to whatever can use it."""
        return self._run.command.idempotency_key

    @property
    def trace(self) -> Mapping[str, str]:
        """W3C trace context to pass on to whatever is called: of this attempt, or of its command if nobody traces."""
        return self._run.trace

    @property
    def deadline(self) -> datetime | None:
        """When the attempt must have ended, by start-to-close or schedule-to-close; `None` if it may take for ever."""
        limit = self._run.limit
        return None if limit is None else limit[0]

    @property
    def last_heartbeat(self) -> object:
        """The last detail that the attempt before this one told, as JSON data; `None` if there is none."""
        return self._run.command.last_heartbeat

    @property
    def cancelled(self) -> Signal:
        """Set when nobody waits for the outcome any more: the saga gave the call up, or its time is over.

        A handler may clean up and raise `durable.Cancelled`, or go on and return.
        """
        return self._run.cancelled

    @property
    def shutting_down(self) -> Signal:
        """Set when the worker is to stop: what has not ended after its grace period runs again elsewhere."""
        return self._run.shutting_down

    @property
    def lock_lost(self) -> Signal:
        """Set when the broker gave the command to somebody else, so that it runs there too."""
        return self._run.lock_lost

    @property
    def answered(self) -> bool:
        """Whether the attempt was answered without this run, whose time was over: another attempt may be under way."""
        return self._run.is_answered

    @property
    def log(self) -> _Log:
        """A logger whose lines say which attempt they belong to, wherever they are written."""
        return logging.LoggerAdapter(
            logging.getLogger(f"activity.{self._run.command.activity}"), dict(self._run.log_fields())
        )

    def heartbeat(self, detail: object = None) -> None:
        """Say that the handler makes progress, and how far it is: the next attempt reads the last detail.

        Cheap enough for a loop: what is sent is the latest detail, and not at each call. A detail is JSON data, or what
        pydantic writes as such, of at most 32 KB.

        Raises:
            Cancelled: the attempt has ended without this handler, whose thread could not be interrupted.
            TypeError: the detail does not serialise to JSON.
            PayloadTooLarge: it is too large.
        """
        self._run.beat(detail)

    def complete_later(self) -> str:
        """Leave the outcome to somebody else, and give the token by which `SagaClient.complete` or `fail` tells it.

        What the handler returns is then ignored; what it raises fails the attempt as ever. After its return no lock is
        held and no heartbeat is due, but the limits of the attempt still hold.
        """
        command = self._run.command
        self._run.completes_later = True
        token = CompletionToken(
            command.instance_id, command.run, command.execution, command.task_id, command.attempt, command.activity
        )
        return token.encode()
