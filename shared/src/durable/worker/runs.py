"""What runs in this host: found again when a lock is renewed or lost, or when a cancel comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Hashable
from typing import Protocol

from durable.control import CancelActivity
from durable.ports import Clock
from durable.worker.running import Run, Surroundings
from durable.worker.signals import Signal


class Telling(Protocol):
    """Tells instances of the attempts that run; all in the event loop."""

    def start(self, run: Run) -> None:
        """A command is taken."""

    def tell(self, run: Run) -> None:
        """Say that a run is at work here, with its last detail."""

    def beat(self, run: Run) -> None:
        """A handler told a detail."""

    def end(self, run: Run) -> None:
        """A run has ended, or was given up."""


class Runs:
    """The runs of one host, by what each was received as."""

    def __init__(self, telling: Telling, clock: Clock, shutting_down: Signal, loop: asyncio.AbstractEventLoop) -> None:
        self.surroundings = Surroundings(clock, shutting_down, self._begun, self._beat)
        self._telling = telling
        self._loop = loop
        self._thread = threading.get_ident()
        self._runs: dict[Hashable, Run] = {}

    def add(self, key: Hashable, run: Run) -> None:
        """A command is taken."""
        self._runs[key] = run
        self._telling.start(run)

    def end(self, key: Hashable, run: Run) -> None:
        """Its handler has ended, or was given up."""
        del self._runs[key]
        run.has_ended = True
        if run.watch is not None:
            run.watch.stop()
        self._telling.end(run)

    def find(self, key: Hashable) -> Run | None:
        """Give the run of a command, while it runs."""
        return self._runs.get(key)

    def renewed(self, key: Hashable) -> None:
        """The lock of a command was prolonged."""
        run = self._runs.get(key)
        if run is not None and run.is_told and not run.is_answered:
            self._telling.tell(run)

    def lost(self, key: Hashable) -> None:
        """The lock of a command is gone."""
        run = self._runs.get(key)
        if run is not None:
            run.lock_lost.set()

    def cancel(self, cancel: CancelActivity) -> None:
        """Let the attempt know that nobody waits for it any more; one that does not run here is no error."""
        for run in self._runs.values():
            command = run.command
            if (command.instance_id, command.run, command.execution, command.task_id) == (
                cancel.instance_id,
                cancel.run,
                cancel.execution,
                cancel.task_id,
            ) and cancel.attempt in {None, command.attempt}:
                run.reason = cancel.reason
                run.cancelled.set()

    def _begun(self, run: Run) -> None:
        if threading.get_ident() == self._thread:
            self._note_begin(run)
        else:
            self._loop.call_soon_threadsafe(self._note_begin, run)

    def _note_begin(self, run: Run) -> None:
        if run.has_ended:
            return
        if run.watch is not None:
            run.watch.begin()
        if run.command.start_by is not None:
            self._telling.tell(run)

    def _beat(self, run: Run) -> None:
        if threading.get_ident() == self._thread:
            self._note_beat(run)
        elif run.is_noted:
            run.is_noted = False
            self._loop.call_soon_threadsafe(self._note_beat, run)

    def _note_beat(self, run: Run) -> None:
        run.is_noted = True
        if run.has_ended:
            return
        if run.watch is not None:
            run.watch.beat()
        self._telling.beat(run)
