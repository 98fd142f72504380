"""The parts of the system put together in one process: the owner of one partition, and what runs the handlers.

1. The parts are the real ones over the memory adapters; what passes in between is in queues, in order of sending.
2. Messages reach the owner only in `settle`, as one batch for all that is there, or one by one.
3. Commands run one after the other, each until it ends or waits: the order of effects is that of their sending.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar

from durable.adapters.memory import MemoryBroker, MemoryObjects, MemoryStore, QueueDescription, TopicDescription
from durable.control import CONTROL
from durable.messages import INSTANCES, LIFECYCLE, Message
from durable.ports import Delivery, Receiver, SessionReceiver
from durable.saga import Saga
from durable.testing.acting import Actor
from durable.testing.everywhere import EveryQueue
from durable.testing.guarding import watchdog
from durable.testing.handlers import Effect, Handlers, PreparedHandlers
from durable.testing.loop import VirtualLoop
from durable.testing.mode import Mode
from durable.vault import Vault
from orchestrator import operations
from orchestrator.engine import Registry, Setup
from orchestrator.host.dispatch import Dispatcher
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.owner import Owner
from orchestrator.host.ownership import take_over
from orchestrator.host.triage import read_inbox

T = TypeVar("T")

PARTITION = "000"
PARTITION_COUNT = 1
FOREVER = timedelta(days=36_500)
WINDOW = timedelta(minutes=10)
BATCH_MAX = 1_000_000
AT_ONCE = timedelta(0)


class Switch:
    """The broker of an environment: commands and cancels go to its handlers, the rest through memory."""

    def __init__(self, broker: MemoryBroker, loop: VirtualLoop) -> None:
        self._broker = broker
        self._clock = loop.clock
        self.commands: deque[Message] = deque()
        self.cancels: deque[Message] = deque()
        self._sent: dict[str, datetime] = {}

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        if destination == CONTROL:
            self.cancels.extend(messages)
            return
        if not destination.startswith("commands."):
            await self._broker.send(destination, messages)
            return
        now = self._clock.now()
        for message in messages:
            if self._is_repeat(message, now):
                continue
            if message.due is not None and message.due > now:
                self._clock.call_at(message.due, partial(self.commands.append, message))
            else:
                self.commands.append(message)

    def _is_repeat(self, message: Message, now: datetime) -> bool:
        """Drop what came before under the same id, as the queues of commands do."""
        while self._sent and now - next(iter(self._sent.values())) >= WINDOW:
            del self._sent[next(iter(self._sent))]
        repeated = message.id in self._sent
        self._sent.setdefault(message.id, now)
        return repeated

    async def receiver(self, source: str) -> Receiver:
        return await self._broker.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return await self._broker.session(queue, session)

    async def close(self) -> None:
        await self._broker.close()


class Backend:
    """One partition, its store and its broker, driven by hand.

    Attributes:
        effects: activity and input of each handler that ran, in order.
    """

    def __init__(self, sagas: Sequence[Saga[Any, Any]], handlers: Handlers, mode: Mode, seed: int) -> None:
        self.loop = VirtualLoop()
        self.clock = self.loop.clock
        self.store = MemoryStore()
        self.effects: list[Effect] = []
        self._mode = mode
        self._vault = Vault(MemoryObjects())
        self._random = Random(seed)
        self.broker = Switch(MemoryBroker(_entities(), self.clock), self.loop)
        self._receiver = self.loop.run(self.broker.session(INSTANCES, PARTITION))
        self._latest: list[Delivery] = []
        self._owner: Owner | None = None
        self._heads = operations.HeadWriter(self.store)
        self.deploy(sagas)
        self._actor = Actor(self.loop, self.broker, PreparedHandlers(handlers, self.effects), self.ports)

    def deploy(self, sagas: Sequence[Saga[Any, Any]]) -> None:
        """Put code in place as a restart would: nothing stays in memory."""
        registry = Registry(sagas)
        self.setup = Setup(registry, EveryQueue())
        self.ports = operations.Ports(
            store=self.store,
            broker=self.broker,
            clock=self.clock,
            partition_count=PARTITION_COUNT,
            setup=self.setup,
            catalogue=operations.SagaCatalogue(newest(sagas, registry)),
            heads=self._heads,
            random_bits=self._random.getrandbits,
            vault=self._vault,
        )
        if self._owner is not None:
            self._owner.close()
        self._owner = self.loop.run(self._own())

    def evict(self, instance_id: str) -> None:
        """Forget an instance; it is read again when it is needed."""
        self.owner.evict(instance_id)

    @property
    def owner(self) -> Owner:
        """Who owns the partition."""
        assert self._owner is not None
        return self._owner

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Carry something out without letting time pass."""
        return self.loop.run(coroutine)

    def settle(self) -> None:
        """Run until nothing is due at the present time."""
        while self._step():
            pass

    def advance(self, span: timedelta) -> None:
        """Let time pass; what falls due happens in order, each at its own time."""
        end = self.clock.now() + span
        self.settle()
        while (due := self.loop.due()) is not None and due <= end:
            self.loop.pass_until(due)
            self.settle()
        self.loop.pass_until(end)

    def _step(self) -> bool:
        self.loop.settle()
        if self.broker.cancels:
            self._actor.cancel(self.broker.cancels.popleft())
            return True
        if self.broker.commands:
            self._actor.perform(self.broker.commands.popleft())
            return True
        deliveries = self.loop.run(self._receive())
        if deliveries:
            self.loop.run(self._work(deliveries))
        return bool(deliveries)

    async def _receive(self) -> Sequence[Delivery]:
        return await self._receiver.receive(1 if self._mode is Mode.SPLIT else BATCH_MAX, AT_ONCE)

    async def _work(self, deliveries: Sequence[Delivery]) -> None:
        if self._mode is Mode.DUPLICATES:
            again, self._latest = self._latest, [replace(one) for one in deliveries]
            deliveries = [*again, *(copy for one in deliveries for copy in (one, replace(one)))]
        inbox = read_inbox(list(deliveries), PARTITION, PARTITION_COUNT)
        touched = list(inbox.items)
        await self.owner.work(inbox)
        if self._mode is Mode.COLD:
            for instance_id in touched:
                self.owner.evict(instance_id)

    async def _own(self) -> Owner:
        ports = HostPorts(
            broker=self.broker,
            store=self.store,
            clock=self.clock,
            setup=self.setup,
            host="test",
            partition_count=PARTITION_COUNT,
            lock=FOREVER,
            nonce=self.ports.nonce,
            watchdog=watchdog(),
            vault=self._vault,
        )
        owned = await take_over(self.store, self.clock, PARTITION, "test", self.ports.nonce())
        owner = Owner(ports, owned, Dispatcher(self.broker, Settling(self._receiver)))
        await owner.open()
        return owner


class Settling:
    """The session as the owner sees it: settles each message once, however often it was handed out."""

    def __init__(self, receiver: SessionReceiver) -> None:
        self._receiver = receiver
        self.session = receiver.session

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        await self._receiver.complete(list({id(one.lock): one for one in deliveries if one.lock.open}.values()))

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        if delivery.lock.open:
            await self._receiver.dead_letter(delivery, reason, description)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)


def _entities() -> list[QueueDescription | TopicDescription]:
    return [
        QueueDescription(INSTANCES, FOREVER, sessions=True, max_deliveries=BATCH_MAX, duplicate_window=WINDOW),
        TopicDescription(LIFECYCLE, (), WINDOW),
    ]


def newest(sagas: Sequence[Saga[Any, Any]], registry: Registry) -> Mapping[str, Saga[Any, Any]]:
    """Give the newest version of each saga, by name."""
    found = ((saga.name, registry.find(saga.name)) for saga in sagas)
    return {name: saga for name, saga in found if saga is not None}
