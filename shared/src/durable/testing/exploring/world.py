"""One run of a saga under one schedule: partition host, router and worker hosts over memory, in virtual time.

1. Each process has ports of its own and dies, sleeps and comes back as the schedule says; the outside stays.
2. When the host sleeps for longer than its locks, a second one takes over meanwhile.
3. A run is over when every instance has ended and nothing has stirred since for longer than anything is repeated after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, cast

from durable.adapters.memory import MemoryBroker, MemoryObjects, QueueDescription, TopicDescription
from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.control import CONTROL
from durable.errors import ClientError
from durable.messages import INSTANCES, LIFECYCLE, Message
from durable.testing.backend import newest
from durable.testing.exploring.evidence import Evidence, Found
from durable.testing.exploring.faults import Fault, Hit
from durable.testing.exploring.mortal import MortalBroker, MortalStore
from durable.testing.exploring.process import LIFE, Call, Life, Process
from durable.testing.exploring.subject import Subject
from durable.testing.exploring.telling import tell_deliveries
from durable.testing.exploring.watching import WatchedStore
from durable.testing.exploring.workers import workers_of
from durable.testing.guarding import watchdog
from durable.testing.handlers import Effect
from durable.testing.loop import VirtualLoop
from durable.vault import Vault, open_events
from durable.worker import HostOptions, Worker, WorkerHost
from orchestrator import operations
from orchestrator.engine import Registry, Setup
from orchestrator.heads import decode_head
from orchestrator.host.host_ports import HostPorts
from orchestrator.keeper import Holding
from orchestrator.records import decode_turn, records_range
from orchestrator.router import SUBSCRIPTION, Router
from orchestrator.tombstones import is_tombstone

PARTITION = "000"
EVENTS = "events"
FOREVER = timedelta(days=20_000)
HOST_LOCK = timedelta(minutes=30)
WINDOW = timedelta(minutes=10)
BORN_AGAIN_AFTER = 1.0
QUIET = 1_500.0
DELIVERIES_MAX = 1_000_000
AT_ONCE = timedelta(0)
DEAD_LETTER = "/$deadletter"
REASON = "DeadLetterReason"
EVENT_SOURCE, EVENT_ID = "/explore", "1"


class World:
    """The outside and the processes of one run.

    Attributes:
        trace: the calls of all processes, in order.
        effects: what the handlers did, in order.
        accepted: ids of the messages that the broker took.
    """

    def __init__(self, subject: Subject, hits: Iterable[Hit], within: timedelta) -> None:
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(lambda *_: None)
        self.loop.set_task_factory(cast("Any", _of_a_life))
        self.subject = subject
        self.store = WatchedStore()
        self.trace: list[Call] = []
        self.effects: list[Effect] = []
        self.accepted: set[str] = set()
        self.objects = MemoryObjects()
        self.graveyard: list[object] = []
        self._within = within
        self._plans: dict[str, dict[int, Fault]] = {}
        for hit in hits:
            self._plans.setdefault(hit.process, {})[hit.call] = hit.fault
        self._processes: dict[str, Process] = {}
        self._lives: dict[str, Life] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._random = Random(1)
        self._workers = workers_of(subject.handlers(), self)
        queues = [worker.queue for worker in self._workers]
        self.broker = MemoryBroker(_entities(queues), self.loop.clock)
        self.registry = Registry(subject.sagas)
        self.setup = Setup(self.registry, frozenset({*queues, INSTANCES, LIFECYCLE, CONTROL}))
        self.ports = operations.Ports(
            store=self.store,
            broker=self.broker,
            clock=self.loop.clock,
            partition_count=1,
            setup=self.setup,
            catalogue=operations.SagaCatalogue(newest(subject.sagas, self.registry)),
            heads=operations.HeadWriter(self.store),
            random_bits=self._random.getrandbits,
            vault=Vault(self.objects),
        )

    def run(self) -> Evidence:
        """Live until the run is over, and give what it leaves behind."""
        self.loop.run_through(self._live())
        return self.loop.run_through(self._evidence())

    def close(self) -> None:
        """Let go of everything."""
        self.loop.drop()

    async def _evidence(self) -> Evidence:
        for life in self._lives.values():
            life.die()
            await life.give_back()
        found = [await self._found(id_) for id_ in self.store.ids]
        sources = [INSTANCES, *(worker.queue for worker in self._workers)]
        return Evidence(
            setup=self.setup,
            instances={one.head.instance_id: one for one in found if one is not None},
            left={source: await self._left(source) for source in sources},
            dead={source: await self._dead(source + DEAD_LETTER) for source in [*sources, SUBSCRIPTION]},
            accepted=frozenset(self.accepted),
            effects=tuple(self.effects),
        )

    async def _found(self, instance_id: str) -> Found | None:
        stored = await self.store.read(PARTITION, instance_id)
        if stored is None or is_tombstone(stored.record):
            return None
        records = [one.record async for one in self.store.scan(PARTITION, *records_range(instance_id))]
        stored_turns = [decode_turn(record) for record in records if record["kind"] == "turn"]
        vault = self.ports.vault
        turns = [replace(turn, events=tuple(await open_events(vault, turn.events))) for turn in stored_turns]
        turns.sort(key=lambda turn: (turn.execution, turn.sequence))
        return Found(decode_head(stored.record), turns)

    async def _left(self, source: str) -> list[str]:
        sessions = source == INSTANCES
        receiver = await (self.broker.session(source, PARTITION) if sessions else self.broker.receiver(source))
        return [tell_deliveries([one]) for one in await receiver.receive(DELIVERIES_MAX, AT_ONCE)]

    async def _dead(self, source: str) -> list[str]:
        receiver = await self.broker.receiver(source)
        return [one.properties.get(REASON, "") for one in await receiver.receive(DELIVERIES_MAX, AT_ONCE)]

    async def _live(self) -> None:
        self._keep_alive("orchestrator", self._host)
        if self.subject.saga.starts_on is not None:
            self._keep_alive("router", self._route)
        for worker in self._workers:
            self._keep_alive(worker.name, partial(self._work, worker))
        await self._start()
        telling = asyncio.ensure_future(self._tell())
        with suppress(TimeoutError):  # Who has not ended by then is found among the heads.
            async with asyncio.timeout(self._within.total_seconds()):
                await self._ended()
        telling.cancel()

    async def _ended(self) -> None:
        while True:
            await self.store.all_ended.wait()
            await asyncio.sleep(QUIET)
            if self.store.all_ended.is_set():
                return

    async def _start(self) -> None:
        saga, input = self.subject.saga, self.subject.input
        if saga.starts_on is None:
            await operations.start(self.ports, operations.NewInstance(saga.name, input, self.subject.instance_id))
            return
        event = CloudEvent(id=EVENT_ID, source=EVENT_SOURCE, type=saga.starts_on, subject=None, time=None, data=input)
        await self.broker.send(EVENTS, [Message(event.to_json(), EVENT_ID, None, None, {}, CONTENT_TYPE)])

    async def _tell(self) -> None:
        began = self.loop.time()
        for after, tell in sorted(self.subject.told, key=lambda told: told[0]):
            await asyncio.sleep(max(began + after.total_seconds() - self.loop.time(), 0.0))
            instance_id = next(iter(self.store.ids), self.subject.instance_id)
            with suppress(ClientError):  # It may have ended by then, or not have started.
                await tell(self.ports, instance_id)

    async def _host(self, life: Life) -> None:
        ports = HostPorts(
            broker=MortalBroker(self.broker, life, self.accepted),
            store=MortalStore(self.store, life),
            clock=self.loop.clock,
            setup=self.setup,
            host=life.process.name,
            partition_count=1,
            lock=HOST_LOCK,
            nonce=self.ports.nonce,
            watchdog=watchdog(),
            vault=Vault(self.objects),
        )
        await Holding(ports, PARTITION, lambda: None).task

    async def _route(self, life: Life) -> None:
        await Router(MortalBroker(self.broker, life, self.accepted), self.registry, 1, Vault(self.objects)).run()

    async def _work(self, worker: Worker, life: Life) -> None:
        broker = MortalBroker(self.broker, life, self.accepted)
        options = HostOptions(FOREVER, replica=worker.name)
        await WorkerHost(
            worker, broker, options, clock=self.loop.clock, vault=Vault(self.objects), random=Random(1)
        ).run()

    def _keep_alive(self, name: str, serve: Callable[[Life], Awaitable[None]]) -> None:
        plan = self._plans.get(name, {})
        process = self._processes[name] = Process(name, plan, self.trace, self._second_host)
        self._keepers.append(self.loop.create_task(self._live_on(process, serve)))

    async def _live_on(self, process: Process, serve: Callable[[Life], Awaitable[None]]) -> None:
        while True:
            life = self._lives[process.name] = Life(process)
            token = LIFE.set(life)
            serving: asyncio.Future[None] = asyncio.ensure_future(serve(life))
            LIFE.reset(token)
            await life.died.wait()
            for task in tuple(life.tasks):
                task.cancel()
            await asyncio.wait({serving}, timeout=BORN_AGAIN_AFTER)
            await life.give_back()
            await asyncio.sleep(BORN_AGAIN_AFTER)

    def _second_host(self, process: Process) -> None:
        if process.name == "orchestrator" and "second orchestrator" not in self._processes:
            self._keep_alive("second orchestrator", self._host)


def _of_a_life(loop: asyncio.AbstractEventLoop, coroutine: Any, **given: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **given)
    life = LIFE.get()
    if life is not None:
        life.tasks.add(task)
        task.add_done_callback(life.tasks.discard)
    return task


def _entities(command_queues: Sequence[str]) -> list[QueueDescription | TopicDescription]:
    return [
        QueueDescription(INSTANCES, FOREVER, sessions=True, max_deliveries=DELIVERIES_MAX, duplicate_window=WINDOW),
        QueueDescription(CONTROL, FOREVER, sessions=True, duplicate_window=WINDOW),
        *(
            QueueDescription(name, FOREVER, max_deliveries=DELIVERIES_MAX, duplicate_window=WINDOW)
            for name in command_queues
        ),
        TopicDescription(EVENTS, (QueueDescription(SUBSCRIPTION.partition("/")[2], FOREVER),)),
        TopicDescription(LIFECYCLE, (), WINDOW),
    ]
