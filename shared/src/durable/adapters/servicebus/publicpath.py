"""A channel by the public surface of the SDK alone: the fallback, slower but independent of what is inside.

1. The SDK's receiver bears one call at a time, and a pending receive holds up everything else. So a receive is cut into
   slices of `SLICE_SECONDS`, and `_turn` lets settles and renewals in between.
2. A receive of several waits 0.2 s for more after the first; so the first is received alone, then the rest briefly.
3. Confirmations are awaited a few at a time, without prefetching: more of them wait for one another's frames.
4. A receive that is cancelled inside the SDK loses the messages that it holds. So a slice always runs to its end, and
   what it brings for nobody is kept for the next receive.
5. A management link dies after 10,000 operations; only renewals and settles of foreign messages go there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from durable.adapters.servicebus.channel import ANSWER_SECONDS, Settle, Settlement
from durable.adapters.servicebus.convert import from_sdk
from durable.adapters.servicebus.failures import translated
from durable.adapters.servicebus.source import Source
from durable.errors import BrokerUnavailable, DurableError, LockLost
from durable.ports import Delivery

SLICE_SECONDS = 0.05
REST_SECONDS = 0.01
SOCKET_SECONDS = 0.02
TOGETHER = 10
MANAGEMENT_OPERATIONS_MAX = 9_000


async def open_public(client: ServiceBusClient, source: Source) -> PublicChannel:
    """Connect to a source.

    Raises:
        UnknownDestination, SessionTaken, BrokerUnavailable: see `Broker.receiver` and `Broker.session`.
    """
    receiver = source.receiver(client, {"socket_timeout": SOCKET_SECONDS})
    try:
        with translated(f"opening {source}"):
            async with asyncio.timeout(ANSWER_SECONDS):
                await receiver.__aenter__()
    except BaseException:
        await _close(receiver)
        raise
    return PublicChannel(receiver, source)


class PublicChannel:
    """A receiver of the SDK and the order in which it is called."""

    def __init__(self, receiver: ServiceBusReceiver, source: Source) -> None:
        self._receiver = receiver
        self._source = source
        self._turn = asyncio.Lock()
        self._managed = 0
        self._broken = False
        self._kept: list[ServiceBusReceivedMessage] = []

    @property
    def worn(self) -> bool:
        return self._broken or self._managed >= MANAGEMENT_OPERATIONS_MAX

    async def receive(self, limit: int, seconds: float) -> list[Delivery]:
        deadline = time.monotonic() + seconds
        while not self._kept:
            await self._fill(limit, deadline - time.monotonic())
            if time.monotonic() >= deadline:
                break
        taken = self._kept[:limit]
        del self._kept[:limit]
        return [from_sdk(message) for message in taken]

    async def settle(self, deliveries: Sequence[Delivery], how: Settle) -> None:
        lost = 0
        for group in _groups(deliveries):
            async with self._turn:
                results = await asyncio.gather(*(self._settle_one(d, how) for d in group), return_exceptions=True)
            for result in results:
                if isinstance(result, LockLost):
                    lost += 1
                elif isinstance(result, BaseException):
                    raise result
        if lost:
            raise LockLost(f"the lock of {lost} of {len(deliveries)} messages was gone before the settle")

    async def renew(self, delivery: Delivery) -> datetime:
        async with self._turn:
            self._managed += 1
            with translated(f"renewing the lock of {delivery.id!r}"):
                return await self._receiver.renew_message_lock(delivery.lock, timeout=ANSWER_SECONDS)

    async def renew_session(self) -> datetime:
        async with self._turn:
            self._managed += 1
            with translated(f"renewing {self._source}"):
                return await self._receiver.session.renew_lock(timeout=ANSWER_SECONDS)

    async def close(self) -> None:
        self._broken = True
        async with self._turn:
            await _close(self._receiver)

    async def _fill(self, limit: int, seconds: float) -> None:
        filling = asyncio.ensure_future(self._receive_slice(limit, seconds))
        try:
            await asyncio.shield(filling)
        except asyncio.CancelledError:
            filling.add_done_callback(_look_at)
            raise

    async def _receive_slice(self, limit: int, seconds: float) -> None:
        first_wait = min(max(seconds, REST_SECONDS), SLICE_SECONDS)
        async with self._turn:
            if self._broken:
                raise BrokerUnavailable(f"{self._source} was closed")
            if self._kept:
                return
            try:
                with translated(f"receiving from {self._source}"):
                    self._kept.extend(await self._receiver.receive_messages(1, max_wait_time=first_wait))
                    if self._kept and limit > 1:
                        rest = await self._receiver.receive_messages(limit - 1, max_wait_time=REST_SECONDS)
                        self._kept.extend(rest)
            except DurableError:
                self._broken = True
                raise

    async def _settle_one(self, delivery: Delivery, how: Settle) -> None:
        message: ServiceBusReceivedMessage = delivery.lock
        with translated(f"settling {delivery.id!r}"):
            async with asyncio.timeout(ANSWER_SECONDS):
                if how.settlement is Settlement.COMPLETE:
                    await self._receiver.complete_message(message)
                elif how.settlement is Settlement.ABANDON:
                    await self._receiver.abandon_message(message)
                else:
                    await self._receiver.dead_letter_message(
                        message, reason=how.reason, error_description=how.description
                    )


def _groups(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    rest = iter(deliveries)
    groups = []
    while group := list(islice(rest, TOGETHER)):
        groups.append(group)
    return groups


async def _close(receiver: Any) -> None:
    with suppress(DurableError), translated("closing a receiver"):
        async with asyncio.timeout(ANSWER_SECONDS):
            await receiver.close()


def _look_at(filling: asyncio.Future[None]) -> None:
    if not filling.cancelled():
        filling.exception()
