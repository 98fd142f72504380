"""One running stack as the end-to-end tests see it: start sagas, wait for their ends, look at everything afterwards."""

import asyncio
import json
import time
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from durable.adapters.cosmos import store_from
from durable.adapters.servicebus import broker_from
from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.errors import BrokerUnavailable, LockLost
from durable.ids import digest, instance_id_for, partition_of, partitions
from durable.messages import EVENTS, Message
from durable.ports import Broker, RecordStore, Stored
from durable.settings import Environment, cosmos_settings, servicebus_settings
from durable.status import Status
from orchestrator.heads import Head, decode_head
from orchestrator.records import TurnRecord, decode_turn
from stack import HttpReady, Services, Stack, running_stack
from tests.e2e.services.effects import Effects
from tests.support.e2e_stack import LISTENER, effects_file

SOURCE = "/e2e"
PATIENCE = timedelta(seconds=60)
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Shape:
    """How a saga must end, and how many tasks of each activity it needs for that."""

    saga: str
    value: int
    status: Status
    output: object
    tasks: dict[str, int]


SHAPES = (
    Shape("chain", 1, Status.COMPLETED, {"value": 6}, {"add-one": 5}),
    Shape("fan", 8, Status.COMPLETED, {"value": 36}, {"add-one": 8}),
    Shape("undoing", 1, Status.COMPENSATED, None, {"add-one": 1, "fail": 1, "undo": 1}),
    Shape("retrying", 7, Status.COMPLETED, {"value": 7}, {"flaky": 1}),
    Shape("sleeping", 1, Status.COMPLETED, {"value": 2}, {"add-one": 1}),
)
CHAIN = SHAPES[0]
SLOW = Shape("slow", 1, Status.COMPLETED, {"value": 5}, {"add-one": 4})
PROBE = Shape("probe", 1, Status.COMPLETED, {"value": 1}, {})


@dataclass(frozen=True, slots=True)
class Asked:
    """One saga that was asked for by event."""

    instance_id: str
    shape: Shape
    event: CloudEvent


@dataclass(slots=True)
class Story:
    """All that the record store has of one instance."""

    head: Head | None = None
    turns: list[TurnRecord] = field(default_factory=list)


@dataclass
class World:
    """A stack, reached by ports of its own."""

    stack: Stack
    broker: Broker
    store: RecordStore
    partitions: list[str]
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ended_at: dict[str, float] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    @property
    def effects(self) -> Effects:
        return Effects(effects_file(self.stack.folder))

    def ask(self, shape: Shape, *, partition: str | None = None, worker: str | None = None) -> Asked:
        """Make the event that starts a saga, in a partition if one is named."""
        while True:
            id_ = f"{shape.saga}-{next(self.numbers)}"
            instance_id = instance_id_for(shape.saga, digest(SOURCE, id_))
            if partition in {None, partition_of(instance_id, len(self.partitions))}:
                data = {"value": shape.value} | ({"worker": worker} if worker else {})
                return Asked(instance_id, shape, CloudEvent(id_, SOURCE, f"e2e.{shape.saga}", data))

    async def start(self, asked: Iterable[Asked]) -> None:
        """Publish the events, however long it takes the broker to take them."""
        messages = [
            Message(one.event.to_json(), digest(SOURCE, one.event.id), content_type=CONTENT_TYPE) for one in asked
        ]
        while True:
            try:
                return await self.broker.send(EVENTS, messages)
            except BrokerUnavailable:
                await asyncio.sleep(POLL_SECONDS)

    def has_ended(self, asked: Asked) -> bool:
        """Tell whether topic `lifecycle` told the end of an instance."""
        return asked.instance_id in self.ended_at

    async def ended(self, asked: Sequence[Asked], within: timedelta = PATIENCE) -> None:
        """Wait until all have ended."""
        try:
            await self.until(lambda: all(map(self.has_ended, asked)), within)
        except TimeoutError:
            late = [one.instance_id for one in asked if not self.has_ended(one)]
            raise AssertionError(f"{len(late)} of {len(asked)} not ended within {within}: {late[:5]}") from None

    async def until(self, holds: Callable[[], Any], within: timedelta = PATIENCE) -> None:
        """Wait until a condition, synchronous or not, holds."""
        async with asyncio.timeout(within.total_seconds()):
            while True:
                held = holds()
                if await held if asyncio.iscoroutine(held) else held:
                    return
                await asyncio.sleep(POLL_SECONDS)

    async def stories(self) -> dict[str, Story]:
        """Read everything that the record store has, by instance."""
        found: dict[str, Story] = defaultdict(Story)
        for partition in self.partitions:
            async for stored in self.store.scan(partition, "", "\U0010ffff"):
                if stored.record["kind"] == "instance":
                    found[stored.record["id"]].head = decode_head(stored.record)
                elif stored.record["kind"] == "turn":
                    found[stored.record["instance_id"]].turns.append(decode_turn(stored.record))
        return found

    async def owners(self) -> dict[str, Stored]:
        """Give the owner document of each partition."""
        found: dict[str, Stored] = {}
        for partition in self.partitions:
            async for stored in self.store.scan(partition, "~owner~", "~owner~9999999999"):
                found[partition] = stored
        return found

    async def owned_by(self, replica: str) -> list[str]:
        """Name the partitions that a replica has taken over last, in whichever of its lives."""
        owners = await self.owners()
        return sorted(name for name, stored in owners.items() if stored.record["host"].rpartition("-")[0] == replica)

    async def counts(self) -> dict[str, dict[str, int]]:
        """Ask the local Service Bus how many messages each entity holds."""
        ready = self.stack.processes["servicebus"].ready
        assert isinstance(ready, HttpReady)
        url = f"http://127.0.0.1:{ready.port}/stats"
        answer: dict[str, dict[str, int]] = await asyncio.to_thread(_json, url)
        return answer

    async def dead_lettered(self) -> dict[str, int]:
        """Name the entities with dead letters, and how many."""
        counts = await self.counts()
        return {name: one["dead_lettered"] for name, one in counts.items() if one["dead_lettered"]}

    def _note(self, event: CloudEvent) -> None:
        instance_id = event.subject or ""
        self.told[instance_id].append(event.type)
        if event.type != "saga.started":
            self.ended_at.setdefault(instance_id, time.monotonic())

    async def listen(self) -> None:
        """Note what topic `lifecycle` tells, until cancelled; each message once, however often it is delivered."""
        seen: set[str] = set()
        while True:
            try:
                receiver = await self.broker.receiver(f"lifecycle/{LISTENER}")
                while True:
                    deliveries = await receiver.receive(200, timedelta(seconds=5))
                    for delivery in deliveries:
                        key = f"{delivery.enqueued_at.isoformat()} {delivery.id}"
                        if key not in seen:
                            self._note(CloudEvent.from_json(delivery.body))
                        seen.add(key)
                    if deliveries:
                        await receiver.complete(deliveries)
            except (BrokerUnavailable, LockLost):
                await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def running_world(folder: Path, services: Services) -> AsyncIterator[World]:
    """Run a stack and look at it until the block ends."""
    async with running_stack(folder, services=services) as stack:
        env = stack.processes["orchestrator-1"].env
        broker = broker_from(servicebus_settings(Environment(env)))
        store = await store_from(cosmos_settings(Environment(env)))
        world = World(stack, broker, store, partitions(int(env["PARTITION_COUNT"])))
        listening = asyncio.create_task(world.listen())
        try:
            yield world
        finally:
            listening.cancel()
            await asyncio.wait([listening])
            if not listening.cancelled():
                listening.result()
            await broker.close()
            await store.close()


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
