"""How heartbeats leave the host: the latest detail of each run, seldom enough, in as few sends as possible.

1. A run waits here at most once: what is sent is what it has told last by then.
2. A run that outlasts the beacon time is told of by itself, and again whenever its lock is renewed, so that it is known
   where a long activity runs. One timer looks after all runs: short ones cost an entry in a dictionary.
3. A heartbeat that can't be sent is dropped with a warning when it was refused, and tried again otherwise. Nobody's
   outcome depends on one.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from random import Random

from durable.control import ActivityHeartbeat
from durable.errors import BrokerUnavailable, RefusedError
from durable.messages import INSTANCES, Message
from durable.ports import Broker
from durable.vault import Place, Vault
from durable.worker.backoff import Backoff
from durable.worker.running import Run

LEAST_SECONDS = 1.0
MOST_SECONDS = 10.0
_SESSION_CHARACTERS_MAX = 128
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends heartbeats.

    Attributes:
        replica: this process, as histories name it.
        nonce: text that no other process has, nor this replica after a restart.
    """

    replica: str
    nonce: str

    @property
    def control(self) -> str:
        """The session of queue `control` in which this process hears of cancels."""
        return f"{self.replica[: _SESSION_CHARACTERS_MAX - len(self.nonce) - 1]}-{self.nonce}"


class Heartbeats:
    """Sends heartbeats; `has_sent_any` is set with the first, from when on somebody may know of this process."""

    def __init__(self, broker: Broker, sender: Sender, beacon: timedelta, random: Random, *, vault: Vault) -> None:
        self._broker = broker
        self._vault = vault
        self._beacon = beacon.total_seconds()
        self._quiet: dict[Run, None] = {}
        self._rings = False
        self._sender = sender
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Run, None] = {}
        self._has_waiting = asyncio.Event()
        self._number = 0
        self.has_sent_any = asyncio.Event()

    def start(self, run: Run) -> None:
        """A command is taken: it is told of when the beacon time is over."""
        run.received = self._loop.time()
        self._quiet[run] = None
        if not self._rings:
            self._ring_at(run.received + self._beacon)

    def beat(self, run: Run) -> None:
        """A handler told a detail: send it now, or when the last one is old enough."""
        if run.timer is not None:
            return
        wait = run.tell_at - self._loop.time()
        if wait <= 0:
            self.tell(run)
        else:
            run.timer = self._loop.call_later(wait, self._tell_late, run)

    def tell(self, run: Run) -> None:
        """Say that a run is at work here, with its last detail."""
        run.is_told = True
        self._quiet.pop(run, None)
        run.tell_at = self._loop.time() + _interval(run)
        self._waiting[run] = None
        self._has_waiting.set()

    def end(self, run: Run) -> None:
        """The run has ended: what is still untold is told only if no answer of this host will bring it."""
        self._quiet.pop(run, None)
        if run.timer is not None:
            run.timer.cancel()
            run.timer = None
        if run.detail != run.told and not run.is_answered:
            self.tell(run)
        elif run.is_answered:
            self._waiting.pop(run, None)

    async def send(self) -> None:
        """Send what waits, until cancelled."""
        backoff = Backoff(self._random)
        while True:
            await self._has_waiting.wait()
            self._has_waiting.clear()
            self.has_sent_any.set()
            runs, self._waiting = self._waiting, {}
            try:
                await self._broker.send(INSTANCES, [await self._message(run) for run in runs])
                backoff.reset()
            except RefusedError as error:
                _log.warning("heartbeats are refused: %s", error, extra={"runs": len(runs)})
            except BrokerUnavailable as error:
                _log.warning("heartbeats can't be sent, trying again: %s", error, extra={"runs": len(runs)})
                for run in runs:
                    if not run.is_answered:
                        self._waiting[run] = None
                        self._has_waiting.set()
                await asyncio.sleep(backoff.delay())

    def _ring_at(self, moment: float) -> None:
        self._rings = True
        self._loop.call_at(moment, self._ring)

    def _ring(self) -> None:
        self._rings = False
        now = self._loop.time()
        due = list(takewhile(lambda run: run.received + self._beacon <= now, self._quiet))
        for run in due:
            if run.has_begun and not run.is_answered:
                self.tell(run)
            else:
                # It waits for a thread, or its answer is out: look again later.
                del self._quiet[run]
                run.received = now
                self._quiet[run] = None
        if self._quiet:
            # Many that start one after the other are told of together.
            first = next(iter(self._quiet))
            self._ring_at(max(first.received + self._beacon, now + self._beacon / 10))

    def _tell_late(self, run: Run) -> None:
        run.timer = None
        self.tell(run)

    async def _detail(self, run: Run) -> object:
        if run.detail is None or not self._vault.encodes:
            return run.detail
        return await self._vault.seal(run.detail, Place(run.command.instance_id, run.command.run))

    async def _message(self, run: Run) -> Message:
        command = run.command
        self._number += 1
        run.told = run.detail
        heartbeat = ActivityHeartbeat(
            id=f"{self._sender.nonce}-{self._number}",
            instance_id=command.instance_id,
            run=command.run,
            execution=command.execution,
            task_id=command.task_id,
            attempt=command.attempt,
            activity=command.activity,
            detail=await self._detail(run),
            worker=self._sender.replica,
            control=self._sender.control,
            trace=run.trace,
        )
        return heartbeat.to_message(command.reply_session)


def _interval(run: Run) -> float:
    limit = run.command.heartbeat
    return MOST_SECONDS if limit is None else min(max(limit / 3, LEAST_SECONDS), MOST_SECONDS)
