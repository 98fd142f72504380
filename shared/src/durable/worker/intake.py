"""Taking commands while slots are free, and giving back what can't be finished.

What is taken is bounded twice: by the handlers that may run at once, and by the commands that may be held unsettled,
so that a broker that takes no completions soon gets no more work out of this host.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from functools import partial

from durable.errors import BrokerUnavailable, LockLost, UndecodableMessage, UnknownDestination
from durable.messages import Command, InstanceMessage
from durable.ports import Delivery
from durable.telemetry.metrics import Metrics
from durable.worker.completions import Completion, Completions, Links
from durable.worker.counting import count_answer
from durable.worker.options import HostOptions
from durable.worker.outcome import too_large
from durable.worker.performer import Answer, Performer
from durable.worker.running import Run
from durable.worker.source import Source, within

UNDECODABLE = "Undecodable"
HELD_PER_SLOT = 4
RECEIVE_WAIT = timedelta(seconds=1)
CANCEL_WITHIN = timedelta(seconds=1)
GIVE_BACK_WITHIN = timedelta(seconds=3)
_log = logging.getLogger(__name__)


class Intake:
    """Receives, runs each command in a task of its own and hands the completions on."""

    def __init__(
        self, links: Links, performer: Performer, options: HostOptions, source: Source, metrics: Metrics
    ) -> None:
        self._links = links
        self._performer = performer
        self._options = options
        self._source = source
        self._metrics = metrics
        self._running: dict[asyncio.Task[None], Delivery] = {}
        self._changed = asyncio.Event()

    def look_again(self) -> None:
        """Say that commands were settled, or that the host is to stop."""
        self._changed.set()

    @property
    def slots_taken(self) -> int:
        """How many commands run; a thread that was left behind keeps its slot until its function returns."""
        return len(self._running) + self._performer.attempts.threads.left

    @property
    def free_slots(self) -> int:
        """How many more commands may be taken; none if it is not above 0."""
        slots = self._options.concurrency
        return min(slots - self.slots_taken, slots * HELD_PER_SLOT - len(self._links.held))

    async def receive(self, completions: Completions) -> None:
        """Take commands until the host is to stop. A broker that goes away is asked again until it is back."""
        while not self._source.stop.is_set():
            limit = self.free_slots
            if limit <= 0:
                self._changed.clear()
                await self._changed.wait()
                continue
            try:
                deliveries = await self._links.receiver.receive(limit, RECEIVE_WAIT)
            except (BrokerUnavailable, UnknownDestination) as error:
                await self._source.failed(error)
                continue
            self._source.answered()
            if self._source.stop.is_set():
                await self._give_back(deliveries)
            elif deliveries:
                self._start(deliveries, completions)

    async def drain(self) -> None:
        """Let what runs and what is to be sent end within the grace period; give back the rest."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._options.grace.total_seconds()
        if self._running:
            await asyncio.wait(self._running, timeout=self._options.grace.total_seconds())
        unfinished = dict(self._running)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(unfinished, timeout=CANCEL_WITHIN.total_seconds())
        given_back = [delivery for task, delivery in unfinished.items() if not self._is_answered(task, delivery)]
        await within(max(end - loop.time(), 0.5), self._all_settled(len(given_back)))
        if given_back:
            _log.warning("commands are given back unfinished", extra={"commands": len(given_back)})
            await self._give_back(given_back)

    def _is_answered(self, task: asyncio.Task[None], delivery: Delivery) -> bool:
        if task.done():
            return not task.cancelled()
        run = self._performer.runs.find(delivery)
        return run is not None and run.is_answered

    async def _all_settled(self, unfinished: int) -> None:
        while len(self._links.held) > unfinished:
            self._changed.clear()
            await self._changed.wait()

    def _start(self, deliveries: Iterable[Delivery], completions: Completions) -> None:
        deliveries = list(deliveries)
        self._links.held.add(deliveries)
        for delivery in deliveries:
            task = asyncio.create_task(self._run(delivery, completions))
            self._running[task] = delivery
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._changed.set()

    async def _run(self, delivery: Delivery, completions: Completions) -> None:
        try:
            command = Command.from_message(delivery.body, delivery.properties)
            answered = partial(self._answered, delivery, completions)
            await self._performer.perform(delivery, command, delivery.deliveries, answered)
        except UndecodableMessage as error:
            # The error may quote what the command holds: it is told in the dead letter, which holds that too.
            _log.error("a command can't be read and is dead-lettered", extra={"message_id": delivery.id})
            await self._settle(delivery, self._links.receiver.dead_letter(delivery, UNDECODABLE, str(error)))
        except Exception:
            _log.exception("a command failed in the host and is given back", extra={"message_id": delivery.id})
            await self._settle(delivery, self._links.receiver.abandon(delivery))

    def _answered(self, delivery: Delivery, completions: Completions, answer: Answer) -> None:
        if answer.message is None:
            completions.leave(delivery)
        else:
            count_answer(self._metrics, delivery, answer)
            completions.add(Completion(delivery, answer, partial(self._refused, answer.run)))

    def _refused(self, run: Run, error: Exception) -> InstanceMessage:
        return self._performer.attempts.refused(run, too_large(error, run.command.activity))

    async def _give_back(self, deliveries: Iterable[Delivery]) -> None:
        receiver = self._links.receiver
        settled = asyncio.gather(*(self._settle(delivery, receiver.abandon(delivery)) for delivery in deliveries))
        await within(GIVE_BACK_WITHIN.total_seconds(), settled)

    async def _settle(self, delivery: Delivery, settled: Awaitable[None]) -> None:
        try:
            await settled
        except (BrokerUnavailable, LockLost) as error:
            _log.warning("a command could not be given back, it comes again by itself: %s", error)
        self._links.held.release(delivery)
        self._changed.set()
