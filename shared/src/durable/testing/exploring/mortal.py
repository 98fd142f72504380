"""Ports of a process that may die at each of their calls, or meet what else can go wrong there.

Waiting for messages is without end: a call that gives nothing would be one more place for the same fault.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from durable.errors import LockLost
from durable.messages import Message
from durable.ports import (
    Broker,
    Delivery,
    HeadPage,
    HeadQuery,
    Operation,
    Receipt,
    Receiver,
    RecordStore,
    SessionReceiver,
    Stored,
)
from durable.status import Status
from durable.testing.exploring.faults import Fault
from durable.testing.exploring.process import Call, Life
from durable.testing.exploring.telling import tell_deliveries, tell_messages, tell_operations

AS_LONG_AS_IT_TAKES = timedelta(days=10_000)
IDLE_LOOK = timedelta(minutes=10)


class MortalReceiver:
    """A receiver of one life: what it holds goes back when that life loses its locks."""

    def __init__(self, receiver: Receiver, life: Life, source: str) -> None:
        self._receiver = receiver
        self._life = life
        self._source = source
        self._held: dict[Delivery, None] = {}
        life.locks.append(self.release)

    async def release(self) -> None:
        """Give back what is held, as a broker does whose locks expire."""
        held, self._held = self._held, {}
        for delivery in held:
            await self._receiver.abandon(delivery)
        self._life.locks.append(self.release)

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:  # noqa: ARG002  See the module.
        received: list[Delivery] = []

        async def receive(call: Call) -> Sequence[Delivery]:
            deliveries = await self._receiver.receive(limit, AS_LONG_AS_IT_TAKES)
            received.extend(deliveries)
            self._hold(deliveries)
            if len(deliveries) > 1 and self._may_reorder:
                call.fits |= {Fault.REORDERED}
            return deliveries[::-1] if call.fault is Fault.REORDERED else deliveries

        told = f"receive from {self._source}"
        return await self._life.call("receive", lambda: f"{told}: {tell_deliveries(received)}", receive)

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        half = len(deliveries) // 2
        lost: LockLost | None = None
        for part in (deliveries[:half], deliveries[half:]):
            try:
                if part:
                    await self._complete(part)
            except LockLost as error:  # The others are settled all the same, as the port promises.
                lost = error
        if lost is not None:
            raise lost

    async def abandon(self, delivery: Delivery) -> None:
        self._life.check()
        self._held.pop(delivery, None)
        await self._receiver.abandon(delivery)

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        async def bury(_: Call) -> None:
            await self._receiver.dead_letter(delivery, reason, description)
            self._held.pop(delivery, None)

        await self._life.call("settle", lambda: f"dead-letter {tell_deliveries([delivery])}: {reason}", bury)

    async def renew(self, delivery: Delivery) -> datetime:
        return await self._life.call("renew", lambda: "renew a lock", lambda _: self._receiver.renew(delivery))

    async def close(self) -> None:
        self._life.check()
        self._life.locks = [release for release in self._life.locks if release != self.release]
        for delivery in self._held:
            await self._receiver.abandon(delivery)
        self._held.clear()
        await self._receiver.close()

    @property
    def _may_reorder(self) -> bool:
        return True

    def _hold(self, deliveries: Sequence[Delivery]) -> None:
        self._held.update(dict.fromkeys(deliveries))

    async def _complete(self, part: Sequence[Delivery]) -> None:
        async def settle(_: Call) -> None:
            for delivery in part:
                self._held.pop(delivery, None)
            await self._receiver.complete(part)

        await self._life.call("settle", lambda: f"settle {tell_deliveries(part)}", settle)


class MortalSession(MortalReceiver):
    """A session of one life: it goes back as a whole."""

    def __init__(self, receiver: SessionReceiver, life: Life, source: str) -> None:
        super().__init__(receiver, life, source)
        self._session_receiver = receiver
        self.session = receiver.session

    async def release(self) -> None:
        await self._session_receiver.close()

    async def renew_session(self) -> datetime:
        return await self._life.call(
            "renew", lambda: f"renew session {self.session}", lambda _: self._session_receiver.renew_session()
        )

    @property
    def _may_reorder(self) -> bool:
        return False

    def _hold(self, deliveries: Sequence[Delivery]) -> None:
        """The lock is the session's."""


class MortalBroker:
    """The broker as one life has it.

    Attributes:
        accepted: ids of the messages that the broker took from anybody.
    """

    def __init__(self, broker: Broker, life: Life, accepted: set[str]) -> None:
        self._broker = broker
        self._life = life
        self.accepted = accepted

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        async def send(call: Call) -> None:
            await self._broker.send(destination, messages)
            self.accepted.update(message.id for message in messages)
            if call.fault is Fault.TWICE:
                await self._broker.send(destination, [replace(one, id=f"{one.id}-again") for one in messages])

        await self._life.call("send", lambda: f"send to {destination}: {tell_messages(messages)}", send)

    async def receiver(self, source: str) -> Receiver:
        async def accept(_: Call) -> MortalReceiver:
            return MortalReceiver(await self._broker.receiver(source), self._life, source)

        return await self._life.call("accept", lambda: f"receiver of {source}", accept)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        async def accept(_: Call) -> MortalSession:
            return MortalSession(await self._broker.session(queue, session), self._life, queue)

        return await self._life.call("accept", lambda: f"session {session} of {queue}", accept)

    async def close(self) -> None:
        """It is everybody's."""


class MortalStore:
    """The record store as one life has it."""

    def __init__(self, store: RecordStore, life: Life) -> None:
        self._store = store
        self._life = life

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        return await self._life.call(
            "write",
            lambda: f"commit {tell_operations(operations)}",
            lambda _: self._store.write(partition, operations),
        )

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        return await self._life.call("read", lambda: f"read {id}", lambda _: self._store.read(partition, id, token))

    async def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        async def all_of_it(_: Call) -> list[Stored]:
            return [stored async for stored in self._store.scan(partition, first, last, token)]

        for stored in await self._life.call("read", lambda: f"read from {first}", all_of_it):
            yield stored

    async def heads(self, query: HeadQuery) -> HeadPage:
        self._life.check()
        page = await self._store.heads(query)
        if query.status is Status.PENDING and not page.heads:
            # Upkeep that finds nothing is slow here, or a month would be nothing but that.
            await self._life.rest(IDLE_LOOK)
        return page

    async def count(self, query: HeadQuery) -> int:
        self._life.check()
        return await self._store.count(query)

    async def close(self) -> None:
        """It is everybody's."""
