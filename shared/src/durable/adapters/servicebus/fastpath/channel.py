"""A channel over a wire: what arrives is kept until it is asked for.

1. Credit is granted only as far as a receive asks. What a receive without session has not used is taken back, also when
   it is cancelled, so that messages are not locked for nobody; the few that were under way are kept, dropped when their
   locks have expired, and released by a close. A session keeps its credit: nobody else could have the messages.
2. One message is settled by a disposition, several by one management operation, which is the cheapest form that the
   broker confirms. If that fails for a lost lock, each is settled by itself to find out which was lost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from azure.servicebus.aio import ServiceBusClient

from durable.adapters.clock import SystemClock
from durable.adapters.servicebus.channel import ANSWER_SECONDS, Settle
from durable.adapters.servicebus.convert import LOCKED_UNTIL, from_sections
from durable.adapters.servicebus.fastpath.values import check_settled, lock_tokens, outcome_of, settle_request
from durable.adapters.servicebus.fastpath.wire import Wire
from durable.adapters.servicebus.source import Source
from durable.errors import DurableError, LockLost, SessionTaken
from durable.ports import Delivery

SETTLE = "com.microsoft:update-disposition"
RENEW = "com.microsoft:renew-lock"
RENEW_SESSION = "com.microsoft:renew-session-lock"
SOCKET_SECONDS = 0.05
GRANT_MAX = 1_000
# A receive that won't wait still asks the broker, or it would never get anything.
ONE_ROUND_TRIP_SECONDS = 0.05

# The wire on which a message came, its delivery id there, and its delivery tag, which is also its lock token.
Lock = tuple[Wire, int, bytes]


async def open_fast(client: ServiceBusClient, source: Source) -> FastChannel:
    """Connect to a source.

    Raises:
        UnknownDestination, SessionTaken, BrokerUnavailable: see `Broker.receiver` and `Broker.session`.
    """
    sdk = source.receiver(client, {"socket_timeout": SOCKET_SECONDS})
    channel = FastChannel(source)
    wire = await Wire(sdk, channel.changed).open(channel.arrived, ANSWER_SECONDS)
    if source.session is not None and wire.session_locked != source.session:
        await wire.close()
        raise SessionTaken(f"{source}: the broker has not confirmed its lock")
    channel.use(wire)
    return channel


class FastChannel:
    """Messages that have arrived, and the wire that they came by."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wire: Wire | None = None
        self._arrived: deque[tuple[Any, Any]] = deque()
        self._news = asyncio.Event()
        self._receiving = 0

    def use(self, wire: Wire) -> None:
        """Take the open wire; called once."""
        self._wire = wire

    async def arrived(self, frame: Any, message: Any) -> None:
        """Keep a message; called by the wire."""
        self._arrived.append((frame, message))
        self._news.set()

    def changed(self) -> None:
        """Wake whoever waits; called by the wire when it broke."""
        self._news.set()

    @property
    def worn(self) -> bool:
        return self._open.failure is not None

    async def receive(self, limit: int, seconds: float) -> list[Delivery]:
        self._receiving += 1
        try:
            return await self._next(limit, time.monotonic() + max(seconds, ONE_ROUND_TRIP_SECONDS))
        finally:
            self._receiving -= 1
            await self._take_back_credit()

    async def settle(self, deliveries: Sequence[Delivery], how: Settle) -> None:
        if len(deliveries) > 1:
            with suppress(LockLost):
                await self._settle_together([delivery.lock for delivery in deliveries], how)
                return
        lost = 0
        for delivery in deliveries:
            try:
                await self._settle_one(delivery.lock, how)
            except LockLost:
                lost += 1
        if lost:
            raise LockLost(f"the lock of {lost} of {len(deliveries)} messages was gone before the settle")

    async def renew(self, delivery: Delivery) -> datetime:
        answer = await self._open.manage(RENEW, {"lock-tokens": lock_tokens([delivery.lock[2]])})
        return datetime.fromtimestamp(answer[b"expirations"][0] / 1000, UTC)

    async def renew_session(self) -> datetime:
        answer = await self._open.manage(RENEW_SESSION, {"session-id": self._source.session})
        return datetime.fromtimestamp(answer[b"expiration"] / 1000, UTC)

    async def close(self) -> None:
        wire = self._open
        if wire.failure is None and self._source.session is None:
            with suppress(DurableError):
                await self._release_all(wire)
        self._arrived.clear()
        await wire.close()

    async def _release_all(self, wire: Wire) -> None:
        """Give back what nobody has seen: with credit left, the broker would give it to this link again."""
        if wire.credit > 0:
            await wire.grant(0)
        while self._arrived:
            frame, _ = self._arrived.popleft()
            await wire.release((frame[1], frame[2]))

    @property
    def _open(self) -> Wire:
        assert self._wire is not None, "a channel is used when it is open"
        return self._wire

    def _take(self, limit: int) -> list[Delivery]:
        wire, arrived = self._open, self._arrived
        if wire.failure is not None and not (arrived and self._source.session is None):
            raise wire.failure
        taken: list[Delivery] = []
        while arrived and len(taken) < limit:
            frame, message = arrived.popleft()
            if self._source.session is not None or _locked(message):
                taken.append(from_sections(message, (wire, frame[1], frame[2])))
        if not arrived:
            self._news.clear()
        return taken

    async def _next(self, limit: int, deadline: float) -> list[Delivery]:
        """Give what has arrived, or the first that arrives; none if none does in time."""
        with suppress(TimeoutError):
            while True:
                taken = self._take(limit)
                if taken:
                    return taken
                await self._grant(limit)
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._news.wait()
        return []

    async def _grant(self, limit: int) -> None:
        wanted = min(limit, GRANT_MAX)
        if self._open.credit < (wanted + 1) // 2:
            await self._open.grant(wanted)

    async def _take_back_credit(self) -> None:
        unused = self._source.session is None and self._receiving == 0 and self._open.failure is None
        if unused and self._open.credit > 0:
            with suppress(DurableError):  # Whoever asks next is told.
                await self._open.grant(0)

    async def _settle_together(self, locks: Sequence[Lock], how: Settle) -> None:
        tags = [tag for _, _, tag in locks]
        await self._open.manage(SETTLE, settle_request(how, tags, self._source.session))
        self._open.forget(tags)

    async def _settle_one(self, lock: Lock, how: Settle) -> None:
        wire, delivery_id, tag = lock
        if wire is not self._open:
            await self._settle_together([lock], how)
            return
        check_settled(await wire.dispose((delivery_id, tag), outcome_of(how)), how)


def _locked(message: Any) -> bool:
    until = (message.message_annotations or {}).get(LOCKED_UNTIL)
    return until is None or until > SystemClock().now().timestamp() * 1000
