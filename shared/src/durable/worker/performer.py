"""What becomes of a command between its being read and its answer: its limits are watched, its handler runs.

1. There is one answer at most. It may come before the handler has ended, if that does not heed that its time is over.
2. A command that is given up has none: it comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from durable.errors import PayloadUnreadable
from durable.failure import Failure
from durable.logs import About
from durable.messages import Command, InstanceMessage
from durable.vault import Vault, open_command
from durable.worker.attempt import Attempts
from durable.worker.limits import Limit, Watch, is_limited
from durable.worker.outcome import timed_out, unreadable_input
from durable.worker.running import Run
from durable.worker.runs import Runs
from durable.worker.spans import Spans

ANSWER_WITHIN = timedelta(seconds=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command is answered: with a message, or without any if its completion comes from elsewhere."""

    run: Run
    message: InstanceMessage | None
    due: datetime | None = None


OnAnswer = Callable[[Answer], None]


@dataclass(frozen=True, slots=True)
class Performer:
    """Performs commands, each in the task that asks for it."""

    attempts: Attempts
    runs: Runs
    vault: Vault
    spans: Spans | None = None

    async def perform(self, key: Hashable, command: Command, deliveries_before: int, on_answer: OnAnswer) -> None:
        """Run a command, and return when its handler has ended; `key` is what it is found by meanwhile.

        Raises:
            asyncio.CancelledError: it was given up; nothing is known of its effect.
        """
        command, unreadable = await self._opened(command)
        run = Run(command, deliveries_before + 1 + command.resent, self.runs.surroundings)
        if self.spans is not None:
            self.spans.open(run)
        self.runs.add(key, run)
        try:
            with About(run.log_fields):
                if is_limited(command):
                    run.watch = self._watch(run, on_answer)
                self._answer(run, await self._message(run, unreadable), on_answer)
        finally:
            self.runs.end(key, run)
            if self.spans is not None:
                self.spans.ended(run)

    async def _message(self, run: Run, unreadable: Failure | None) -> InstanceMessage | None:
        if unreadable is not None:
            return self.attempts.refused(run, unreadable)
        if self.spans is None:
            return await self.attempts.run(run)
        with self.spans.entered(run):
            return await self.attempts.run(run)

    async def _opened(self, command: Command) -> tuple[Command, Failure | None]:
        try:
            return await open_command(self.vault, command), None
        except PayloadUnreadable as error:
            return command, unreadable_input(error, command.activity)

    def _answer(self, run: Run, message: InstanceMessage | None, on_answer: OnAnswer) -> None:
        if run.is_answered:
            return
        due = None
        self._tell(run, message)
        if message is None:
            last_word = self.attempts.last_word(run)
            if last_word is None:
                on_answer(Answer(run, None))
                return
            message, due = last_word
        else:
            run.is_answered = True
        on_answer(Answer(run, message, due))

    def _tell(self, run: Run, message: InstanceMessage | None) -> None:
        if self.spans is None:
            return
        if message is None:
            self.spans.left(run)
        else:
            self.spans.answered(run, message)

    def _watch(self, run: Run, on_answer: OnAnswer) -> Watch:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def interrupt(limit: Limit) -> None:
            run.over = limit
            run.cancelled.set()
            task.cancel()
            loop.call_later(ANSWER_WITHIN.total_seconds(), answer, limit)

        def answer(limit: Limit) -> None:
            if not run.has_ended:
                _log.warning("a handler goes on after its time is over", extra={"activity": run.command.activity})
                failure = timed_out(run.command, limit)
                self._answer(run, self.attempts.refused(run, failure), on_answer)

        return Watch(run.command, run.delivery_count, self.runs.surroundings.clock.now(), interrupt)
