"""A worker at work: its dependencies, its receiver and the loops around its handlers, from start to stop.

Where the process dies: anywhere in here, the commands that are not settled are delivered again once their locks have
run out, and run again with the same idempotency keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from dishka import Provider

from durable.health import Health
from durable.ports import Broker, Clock, Receiver
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import COMPLETIONS_WAITING, SLOTS_FREE, SLOTS_USED
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from durable.worker.attempt import Attempts
from durable.worker.backoff import Backoff
from durable.worker.cancels import Cancels
from durable.worker.completions import Completions, Links
from durable.worker.heartbeats import Heartbeats, Sender
from durable.worker.held import Held
from durable.worker.injection import container_of, prepare
from durable.worker.intake import Intake
from durable.worker.options import HostOptions
from durable.worker.performer import Performer
from durable.worker.processes import Processes
from durable.worker.registration import Worker
from durable.worker.runs import Runs
from durable.worker.signals import Signal
from durable.worker.source import RECEIVING, Source
from durable.worker.spans import Spans
from durable.worker.threads import Threads


class WorkerHost:
    """Runs one worker over one broker, until `stop`.

    The broker is the caller's: the host closes its own receiver only. Health part `receiving commands` tells whether
    the broker gives commands.
    """

    def __init__(
        self,
        worker: Worker,
        broker: Broker,
        options: HostOptions,
        *,
        clock: Clock,
        vault: Vault,
        providers: Sequence[Provider] = (),
        health: Health | None = None,
        random: Random | None = None,
        tracing: Tracing | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._worker = worker
        self._broker = broker
        self._options = options
        self._clock = clock
        self._vault = vault
        self._providers = providers
        self._random = random or Random()
        self._tracing = tracing
        self._metrics = metrics or Metrics()
        self._threads = Threads(options.threads)
        self._processes = Processes(options.processes)
        self._shutting_down = Signal()
        self._source = Source(worker.queue, asyncio.Event(), health or Health(), Backoff(self._random))
        self._source.health.not_ready(RECEIVING, "starting")
        self._intake: Intake | None = None

    @property
    def has_left_threads(self) -> bool:
        """Whether handlers that were given up still run in threads, which keep the process alive."""
        return self._threads.busy

    def stop(self) -> None:
        """Take no more commands, let the running ones end within the grace period. Idempotent."""
        self._source.stop.set()
        self._shutting_down.set()
        if self._intake is not None:
            self._intake.look_again()

    async def run(self) -> None:
        """Take commands until `stop`; returns when each is settled or given back. To be called once.

        Raises:
            AuthorError: a handler has parameters that can't be injected; no command was taken.
        """
        container = container_of(self._providers, self._threads, self._processes, self._worker.classes)
        try:
            attempts = Attempts(
                worker=self._worker.name,
                replica=self._options.replica,
                handlers=await prepare(self._worker.handlers.values(), container),
                container=container,
                clock=self._clock,
                threads=self._threads,
                processes=self._processes,
            )
            receiver = await self._source.open(self._broker)
            if receiver is not None:
                await self._work(attempts, receiver)
                await receiver.close()
        finally:
            self._threads.close()
            self._processes.close()
            await container.close()

    async def _work(self, attempts: Attempts, receiver: Receiver) -> None:
        sender = Sender(self._options.replica, f"{self._random.getrandbits(64):016x}")
        heartbeats = Heartbeats(self._broker, sender, self._options.beacon, self._random, vault=self._vault)
        runs = Runs(heartbeats, self._clock, self._shutting_down, asyncio.get_running_loop())
        spans = None if self._tracing is None else Spans(self._tracing, self._worker.queue, self._clock, self._random)
        links = Links(self._broker, receiver, Held(receiver, self._options.lock, runs), self._vault, spans)
        performer = Performer(attempts, runs, self._vault, spans)
        intake = self._intake = Intake(links, performer, self._options, self._source, self._metrics)
        self._threads.on_return = intake.look_again
        cancels = Cancels(self._broker, self._clock, self._random)
        completions = Completions(links, self._source.health, self._random, intake.look_again)
        self._metrics.watch(SLOTS_USED, intake, lambda intake: intake.slots_taken)
        self._metrics.watch(SLOTS_FREE, intake, lambda intake: max(intake.free_slots, 0))
        self._metrics.watch(COMPLETIONS_WAITING, completions, lambda completions: completions.waiting)
        self._source.answered()
        async with asyncio.TaskGroup() as group:
            loops = [
                group.create_task(loop)
                for loop in (
                    completions.send(),
                    completions.settle(),
                    links.held.renew_locks(),
                    heartbeats.send(),
                    cancels.receive(sender.control, heartbeats.has_sent_any, runs),
                )
            ]
            await intake.receive(completions)
            await intake.drain()
            for loop in loops:
                loop.cancel()
