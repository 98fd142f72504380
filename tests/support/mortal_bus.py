"""A Service Bus client that writes down what was acknowledged, while the endpoint dies under it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusReceivedMessage
from azure.servicebus.exceptions import ServiceBusError

from tests.support.service_bus import Links

DEAD_PLACE, SESSION = "dead", "kept"
ACTIVE, DEFERRED = ServiceBusMessageState.ACTIVE, ServiceBusMessageState.DEFERRED
_TIMEOUT = 5
_PEEK = 500


@dataclass
class Ledger:
    """What the client knows: `doubtful` are messages of which an answer never came."""

    sent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    place: dict[str, Any] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    timers: dict[int, str] = field(default_factory=dict)
    abandoned: set[str] = field(default_factory=set)
    states: list[bytes] = field(default_factory=lambda: [b""])
    acknowledged: int = 0


class MortalClient:
    """Workers that use one endpoint until it dies."""

    def __init__(self, links: Links, ledger: Ledger, random: Random, names: "count[int]") -> None:
        self._links = links
        self._ledger = ledger
        self._random = random
        self._names = names
        self._enough = asyncio.Event()
        self._limit = 0

    async def work_until_killed(self, kill: Callable[[], None], acknowledgements: int) -> None:
        """Work with all kinds of operations at once; kill after so many acknowledgements, in the middle of the rest."""
        self._limit = self._ledger.acknowledged + acknowledgements
        for name in ("orders", "instances"):
            await self._links.sender(name)
        workers = [
            asyncio.create_task(self._until_it_fails(each)) for each in (self._send, self._settle, self._session)
        ]
        await self._enough.wait()
        await asyncio.sleep(self._random.random() * 0.004)
        kill()
        await asyncio.gather(*workers)

    async def _until_it_fails(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            while True:
                await work()
        except (ServiceBusError, ConnectionError, ValueError):
            self._enough.set()

    def _note(self) -> None:
        self._ledger.acknowledged += 1
        if self._ledger.acknowledged >= self._limit:
            self._enough.set()

    def _new(self, size: int) -> tuple[str, ...]:
        return tuple(f"m{next(self._names)}" for _ in range(size))

    async def _send(self) -> None:
        ledger, names = self._ledger, self._new(self._random.randrange(1, 6))
        sender = await self._links.sender("orders")
        ledger.doubtful.update(names)
        ledger.sent |= dict.fromkeys(names, names)
        await sender.send_messages([ServiceBusMessage("x" * 300, message_id=name) for name in names], timeout=_TIMEOUT)
        ledger.doubtful.difference_update(names)
        self._note()
        if self._random.random() < 0.2:
            await self._schedule()

    async def _schedule(self) -> None:
        ledger, (name,) = self._ledger, self._new(1)
        sender = await self._links.sender("orders")
        due = datetime.now(UTC) + timedelta(hours=1)
        ledger.doubtful.add(name)
        ledger.sent[name] = (name,)
        (number,) = await sender.schedule_messages(ServiceBusMessage("x", message_id=name), due, timeout=_TIMEOUT)
        ledger.doubtful.discard(name)
        ledger.place[name] = ServiceBusMessageState.SCHEDULED
        self._note()
        if self._random.random() < 0.5:
            ledger.doubtful.add(name)
            await sender.cancel_scheduled_messages(number, timeout=_TIMEOUT)
            self._settled(name, None)

    async def _settle(self) -> None:
        receiver = await self._links.receiver("orders")
        for message in await receiver.receive_messages(5, max_wait_time=_TIMEOUT):
            name = str(message.message_id)
            act, place = self._random.choice(
                (
                    (receiver.complete_message, None),
                    (receiver.complete_message, None),
                    (receiver.abandon_message, ACTIVE),
                    (receiver.defer_message, DEFERRED),
                    (receiver.dead_letter_message, DEAD_PLACE),
                )
            )
            self._ledger.doubtful.add(name)
            await act(message)
            self._settled(name, place)
            if place is ACTIVE:
                self._ledger.abandoned.add(name)

    def _settled(self, name: str, place: Any) -> None:
        self._ledger.doubtful.discard(name)
        if place is None:
            self._ledger.gone.add(name)
        else:
            self._ledger.place[name] = place
        self._note()

    async def _session(self) -> None:
        """Send to a session, take it back, count in the state of the session."""
        ledger, (name,) = self._ledger, self._new(1)
        ledger.doubtful.add(name)
        ledger.sent[name] = (name,)
        sender = await self._links.sender("instances")
        await sender.send_messages(ServiceBusMessage("x", message_id=name, session_id=SESSION), timeout=_TIMEOUT)
        receiver = await self._links.receiver("instances", session_id=SESSION)
        ledger.states.append(b"%d" % len(ledger.states))
        await receiver.session.set_state(ledger.states[-1], timeout=_TIMEOUT)
        del ledger.states[:-1]
        self._note()
        for message in await receiver.receive_messages(1, max_wait_time=_TIMEOUT):
            taken = str(message.message_id)
            ledger.doubtful.add(taken)
            await receiver.complete_message(message)
            self._settled(taken, None)


async def everything_at(links: Links) -> list[tuple[Any, ServiceBusReceivedMessage]]:
    """Each message of the endpoint and where it is."""
    found: list[tuple[Any, ServiceBusReceivedMessage]] = []
    for options in ({"queue": "orders"}, {"queue": "orders", "sub_queue": "deadletter"}):
        place = DEAD_PLACE if "sub_queue" in options else None
        receiver = await links.receiver(**options)
        number = 0
        while some := await receiver.peek_messages(_PEEK, sequence_number=number):
            found += [(place or message.state, message) for message in some]
            number = (some[-1].sequence_number or 0) + 1
    receiver = await links.receiver("instances", session_id=SESSION)
    return found + [(ACTIVE, message) for message in await receiver.peek_messages(_PEEK)]
