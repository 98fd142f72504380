"""The one writer of a destination: merges what callers have waiting into as few transfers as possible.

1. One task owns the SDK's sender, which two sends at once would corrupt. Callers put their messages into a queue and
   await the outcome.
2. Nothing lingers: an idle writer sends at once, and what comes while it sends goes together with the next transfer.
3. The messages of a call keep their order, across transfers too. A call fails whole: after a transfer that failed, the
   rest of its calls is not sent.
4. A transfer that the broker refuses is sent again call by call, so that only the guilty one is refused.
5. A transfer that got no answer is sent once more over a fresh connection: an idle link is cut by the broker after ten
   minutes, and only a send finds that out. Message ids make the repeat harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from durable.errors import BrokerUnavailable, DurableError, MessageTooLarge, RefusedError, UnknownDestination
from durable.messages import Message

WAITING_CALLS_MAX = 2_000
TRANSFER_MESSAGES_MAX = 1_000


class Transfer(Protocol):
    """Messages that go together, as the outlet has packed them."""

    def add(self, message: Message) -> bool:
        """Add a message; `False` if it does not fit any more.

        Raises:
            MessageTooLarge: it would not fit an empty transfer either.
        """

    def __len__(self) -> int:
        """How many messages it holds."""


class Outlet(Protocol):
    """A connection to one destination, used by one task. Raises only errors of `durable.errors`."""

    async def open(self) -> None:
        """Connect, if not connected."""

    def transfer(self) -> Transfer:
        """Begin a transfer, on an open connection."""

    async def send(self, transfer: Transfer) -> None:
        """Send it and wait for the confirmation."""

    async def close(self) -> None:
        """Close; never fails."""


@dataclass(eq=False, slots=True)
class Call:
    """The messages of one caller and what became of them."""

    messages: Sequence[Message]
    outcome: asyncio.Future[None]

    def fail(self, error: DurableError) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def done(self) -> None:
        if not self.outcome.done():
            self.outcome.set_result(None)


def _nobody(_: int) -> None:
    """Tell nobody."""


class Writer:
    """Sends to one destination for all of a process."""

    def __init__(self, outlet: Outlet, on_sent: Callable[[int], None] = _nobody) -> None:
        """Send by an outlet; `on_sent` is told of each transfer that was confirmed how many messages it held."""
        self._outlet = outlet
        self._on_sent = on_sent
        self._calls: asyncio.Queue[Call] = asyncio.Queue(WAITING_CALLS_MAX)
        self._task = asyncio.create_task(self._run())

    async def send(self, messages: Sequence[Message]) -> None:
        """See `Broker.send`."""
        if self._task.done():
            raise BrokerUnavailable("the broker was closed")
        call = Call(messages, asyncio.get_running_loop().create_future())
        await self._calls.put(call)
        await call.outcome

    async def close(self) -> None:
        """Stop; what waits is failed as not known."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._outlet.close()

    async def _run(self) -> None:
        calls: list[Call] = []
        try:
            while True:
                calls = [await self._calls.get()]
                while not self._calls.empty() and sum(len(call.messages) for call in calls) < TRANSFER_MESSAGES_MAX:
                    calls.append(self._calls.get_nowait())
                await self._send(calls)
        finally:
            while not self._calls.empty():
                calls.append(self._calls.get_nowait())
            for call in calls:
                call.fail(BrokerUnavailable("the broker was closed before the send was confirmed"))

    async def _send(self, calls: Sequence[Call]) -> None:
        try:
            await self._outlet.open()
        except DurableError as error:
            for call in calls:
                call.fail(error)
            await self._outlet.close()
            return
        for transfer, members in _pack(self._outlet, calls):
            await self._send_transfer(transfer, members)
            for call in members[:-1]:
                call.done()
        for call in calls:
            call.done()

    async def _send_transfer(self, transfer: Transfer, members: Sequence[Call]) -> None:
        try:
            await self._send_twice(transfer)
        except DurableError as error:
            if isinstance(error, RefusedError) and not isinstance(error, UnknownDestination) and len(members) > 1:
                for call in members:
                    await self._send([call])
                return
            for call in members:
                call.fail(error)

    async def _send_twice(self, transfer: Transfer) -> None:
        try:
            await self._outlet.send(transfer)
        except BrokerUnavailable:
            await self._outlet.close()
            await self._outlet.open()
            await self._outlet.send(transfer)
        self._on_sent(len(transfer))


def _pack(outlet: Outlet, calls: Sequence[Call]) -> Iterator[tuple[Transfer, list[Call]]]:
    """Give transfers with the calls that have messages in them; leaves out what is left of calls that have failed."""
    transfer, members = outlet.transfer(), list[Call]()
    for call, message in _messages(outlet, calls):
        if len(transfer) >= TRANSFER_MESSAGES_MAX or not transfer.add(message):
            yield transfer, members
            transfer, members = outlet.transfer(), []
            if call.outcome.done():
                continue
            transfer.add(message)
        if not members or members[-1] is not call:
            members.append(call)
    if members:
        yield transfer, members


def _messages(outlet: Outlet, calls: Sequence[Call]) -> Iterator[tuple[Call, Message]]:
    for call in calls:
        if _fits(outlet, call):
            for message in call.messages:
                if call.outcome.done():
                    break
                yield call, message


def _fits(outlet: Outlet, call: Call) -> bool:
    for message in call.messages:
        if len(message.body) > CHECKED_BYTES:
            try:
                outlet.transfer().add(message)
            except MessageTooLarge as error:
                call.fail(error)
                return False
    return True


# No broker takes less in one message, its properties included.
CHECKED_BYTES = 128_000
