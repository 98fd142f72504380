"""Ports that a fate stands behind: each passes on what it is asked, and the process may die before or after.

The points are named as in the table of ARCHITECTURE.md. Only what a partition host does with its session counts as
receiving and settling, and only a batch behind the fence of an owner is a commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from durable.errors import WriteRefused, WriteUncertain
from durable.messages import INSTANCES, Message
from durable.ports import (
    Broker,
    Create,
    Delivery,
    HeadPage,
    HeadQuery,
    Operation,
    Read,
    Receipt,
    Receiver,
    RecordStore,
    SessionReceiver,
    Stored,
)
from tests.e2e.services.fate import Fate

_LOG = logging.getLogger(__name__)
REFUSED = "a write was refused"
RECEIVED = "received"
COMMITTING = "committing"
COMMITTED = "committed"
ANSWER_LOST = "the answer of a commit lost"
SENT_SOME = "sent to one destination of several"
SENT_ALL = "sent all, settled nothing"
SETTLED_SOME = "settled half of a batch"
SETTLED_ALL = "settled all"
HEAD_WRITTEN = "wrote the pending head"
EFFECT_DONE = "effect done, completion not sent"
COMPLETION_SENT = "completion sent, command not settled"


class MortalBroker:
    """Sends and receives until the process dies."""

    def __init__(self, broker: Broker, fate: Fate) -> None:
        self._broker = broker
        self._fate = fate

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        if destination == INSTANCES:
            self._fate.pass_by(EFFECT_DONE)
        await self._broker.send(destination, messages)
        if destination == INSTANCES:
            self._fate.pass_by(COMPLETION_SENT)
        if destination.startswith("commands."):
            self._fate.pass_by(SENT_SOME)

    async def receiver(self, source: str) -> Receiver:
        return await self._broker.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return MortalSession(await self._broker.session(queue, session), self._fate)

    async def close(self) -> None:
        await self._broker.close()


class MortalSession:
    """Holds a session until the process dies."""

    def __init__(self, receiver: SessionReceiver, fate: Fate) -> None:
        self._receiver = receiver
        self._fate = fate
        self.session = receiver.session

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        deliveries = await self._receiver.receive(limit, wait)
        if deliveries:
            self._fate.pass_by(RECEIVED)
        return deliveries

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        self._fate.pass_by(SENT_ALL)
        half = len(deliveries) // 2
        if half:
            await self._receiver.complete(deliveries[:half])
            self._fate.pass_by(SETTLED_SOME)
        await self._receiver.complete(deliveries[half:])
        self._fate.pass_by(SETTLED_ALL)

    async def abandon(self, delivery: Delivery) -> None:
        await self._receiver.abandon(delivery)

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        await self._receiver.dead_letter(delivery, reason, description)

    async def renew(self, delivery: Delivery) -> datetime:
        return await self._receiver.renew(delivery)

    async def renew_session(self) -> datetime:
        return await self._receiver.renew_session()

    async def close(self) -> None:
        await self._receiver.close()


class MortalStore:
    """Writes and reads until the process dies, or until one answer gets lost."""

    def __init__(self, store: RecordStore, fate: Fate) -> None:
        self._store = store
        self._fate = fate

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        first = operations[0]
        is_commit = isinstance(first, Read) and len(operations) > 1
        if is_commit:
            self._fate.pass_by(COMMITTING)
        # Whoever gives up waiting must not call back what is on its way: the outcome is what the tests look for.
        receipt = await asyncio.shield(asyncio.ensure_future(self._write(partition, operations)))
        if is_commit:
            self._fate.pass_by(COMMITTED)
            if self._fate.strikes(ANSWER_LOST):
                raise WriteUncertain("the connection broke before the answer came")
        if isinstance(first, Create) and first.record["kind"] == "instance":
            self._fate.pass_by(HEAD_WRITTEN)
        return receipt

    async def _write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        try:
            return await self._store.write(partition, operations)
        except WriteRefused as refused:
            _LOG.warning("%s: %s", REFUSED, refused)
            raise

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        return await self._store.read(partition, id, token)

    def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        return self._store.scan(partition, first, last, token)

    async def heads(self, query: HeadQuery) -> HeadPage:
        return await self._store.heads(query)

    async def count(self, query: HeadQuery) -> int:
        return await self._store.count(query)

    async def close(self) -> None:
        await self._store.close()
