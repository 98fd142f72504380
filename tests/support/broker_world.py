from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Protocol

import orjson

from durable.errors import DurableError, UnknownDestination
from durable.messages import Message
from durable.ports import Broker, Delivery, Receiver

LOCK = timedelta(seconds=10)
MAX_DELIVERIES = 3
ENTITIES_EACH = 40
SOON = timedelta(seconds=5)
BRIEFLY = timedelta(milliseconds=60)


class BrokerWorld(Protocol):
    """A broker under test, with what its surroundings can do."""

    @property
    def broker(self) -> Broker: ...

    @property
    def absence(self) -> type[DurableError]: ...

    async def other_process(self) -> Broker: ...

    async def pass_time(self, by: timedelta) -> None: ...

    def fresh(self, kind: str) -> str:
        """Name an entity that no test has used: `plain`, `sessions` or `topic`."""


@dataclass(frozen=True)
class EntityNames:
    numbers: "count[int]"

    @property
    def absence(self) -> type[DurableError]:
        """What is said of an entity that does not exist."""
        return UnknownDestination

    def fresh(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers):02d}"


def topology() -> bytes:
    locked = {"LockDuration": f"PT{LOCK.seconds}S", "MaxDeliveryCount": MAX_DELIVERIES}
    detecting = {"RequiresDuplicateDetection": True, "DuplicateDetectionHistoryTimeWindow": "PT10M"}
    numbers = range(ENTITIES_EACH)
    plain = [{"Name": f"plain-{n:02d}", "Properties": {**locked, **detecting}} for n in numbers]
    sessions: list[dict[str, Any]] = [
        {"Name": f"sessions-{n:02d}", "Properties": {**locked, **detecting, "RequiresSession": True}} for n in numbers
    ]
    topics = [
        {
            "Name": f"topic-{n:02d}",
            "Properties": detecting,
            "Subscriptions": [{"Name": name, "Properties": locked} for name in ("first", "second")],
        }
        for n in numbers
    ]
    namespace = {"Name": "contract", "Queues": plain + sessions, "Topics": topics}
    return orjson.dumps({"UserConfig": {"Namespaces": [namespace], "Logging": {"Type": "File"}}})


def some_messages(number: int, session: str | None = None, head: str = "m") -> list[Message]:
    return [Message(b'{"n":%d}' % n, f"{head}-{n}", session) for n in range(number)]


async def take(receiver: Receiver, number: int) -> list[Delivery]:
    """Receive exactly so many, in the order in which they come."""
    taken: list[Delivery] = []
    while len(taken) < number:
        batch = await receiver.receive(number - len(taken), SOON)
        assert batch, f"expected {number} messages; only {len(taken)} came: {ids(taken)}"
        taken += batch
    return taken


async def take_one(receiver: Receiver) -> Delivery:
    (delivery,) = await take(receiver, 1)
    return delivery


async def nothing_comes(receiver: Receiver) -> bool:
    return not await receiver.receive(10, BRIEFLY)


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]
