"""The receiver ports over a channel, which is replaced when it breaks or wears out.

1. A receiver without session outlives its channels: the locks of its messages are the broker's, not the connection's.
2. A session goes with its connection, so a session receiver whose channel is worn is dead and says `LockLost`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from durable.adapters.servicebus.channel import ABANDON, COMPLETE, Channel, Settle, Settlement
from durable.errors import BrokerUnavailable, LockLost
from durable.ports import Delivery


class ServiceBusReceiver:
    """Receives from a queue without sessions, a subscription or a dead-letter queue."""

    def __init__(self, channel: Channel, reopen: Callable[[], Awaitable[Channel]]) -> None:
        self._channel = channel
        self._reopen = reopen
        self._reopening = asyncio.Lock()
        self._closed = False

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        channel = await self._live()
        return await channel.receive(limit, wait.total_seconds())

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            await (await self._live()).settle(deliveries, COMPLETE)

    async def abandon(self, delivery: Delivery) -> None:
        await (await self._live()).settle([delivery], ABANDON)

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        await (await self._live()).settle([delivery], Settle(Settlement.DEAD_LETTER, reason, description))

    async def renew(self, delivery: Delivery) -> datetime:
        return await (await self._live()).renew(delivery)

    async def close(self) -> None:
        self._closed = True
        await self._channel.close()

    async def _live(self) -> Channel:
        if self._closed:
            raise LockLost("the receiver is closed")
        if self._channel.worn:
            async with self._reopening:
                if self._channel.worn:
                    await self._channel.close()
                    self._channel = await self._reopen()
        return self._channel


class ServiceBusSessionReceiver:
    """Receives the messages of one session, over one channel as long as it lasts."""

    def __init__(self, channel: Channel, session: str) -> None:
        self.session = session
        self._channel = channel
        self._closed = False

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        self._check()
        try:
            return await self._channel.receive(limit, wait.total_seconds())
        except BrokerUnavailable as error:
            if not self._channel.worn:
                raise
            raise LockLost(f"session {self.session!r} went with its connection: {error}") from error

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        self._check()
        if deliveries:
            await self._channel.settle(deliveries, COMPLETE)

    async def abandon(self, delivery: Delivery) -> None:
        self._check()
        await self._channel.settle([delivery], ABANDON)

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        self._check()
        await self._channel.settle([delivery], Settle(Settlement.DEAD_LETTER, reason, description))

    async def renew(self, delivery: Delivery) -> datetime:
        raise TypeError(f"message {delivery.id!r} of a session has no lock of its own: renew the session")

    async def renew_session(self) -> datetime:
        self._check()
        return await self._channel.renew_session()

    async def close(self) -> None:
        self._closed = True
        await self._channel.close()

    def _check(self) -> None:
        if self._closed or self._channel.worn:
            raise LockLost(f"session {self.session!r} is no longer held by this receiver")
