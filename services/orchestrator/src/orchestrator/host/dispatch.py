"""Sends what was committed, and settles the messages that led to it; in this order.

1. Messages of one destination leave in the order of their commits. While a destination is unwell, what follows for it
   queues behind, and only the inputs concerned stay unsettled; other destinations go on.
2. An input is settled once all messages of its turn are confirmed, and the spans told of it have left the process; a
   settle that fails is tried again.
3. A message that can never be sent fails its task, and nothing else. The failure travels like a worker's answer, before
   the inputs are settled, so that it outlives this host.
4. An input that cannot be settled within `SETTLE_WITHIN` of its commit ends the session, so that it is delivered again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from durable.activity import COMMANDS
from durable.errors import BrokerUnavailable, LockLost, MessageTooLarge, RefusedError, UnknownDestination
from durable.failure import MESSAGE_TOO_LARGE, SEND_REFUSED, UNKNOWN_DESTINATION, disagreement
from durable.messages import INSTANCES, Command, Message
from durable.ports import Broker, Delivery, SessionReceiver
from durable.telemetry.settling import SettlingLater
from durable.telemetry.tracing import Tracing
from orchestrator.host.outbox import Addressed
from orchestrator.unanswered import failed_command

_LOG = logging.getLogger(__name__)
SETTLE_WITHIN = timedelta(minutes=1)
CHUNK_MAX = 1_000
# A busy round that does not wait for its settling is followed so soon that the next finds half as much to do, at nearly
# the same cost: it waits as long as settling would take.
BUSY, PAUSE_MAX = 5, 0.05
_PAUSE_FIRST, _PAUSE_MAX = 0.1, 5.0
_FAILURES: dict[type[RefusedError], str] = {
    MessageTooLarge: MESSAGE_TOO_LARGE,
    UnknownDestination: UNKNOWN_DESTINATION,
}


@dataclass(slots=True, eq=False)
class Sending:
    """Messages of committed turns, and the inputs to be settled when they are out."""

    messages: list[Addressed] = field(default_factory=list)
    inputs: list[Delivery] = field(default_factory=list)
    waiting_for: set[str] = field(default_factory=set)
    since: float = 0.0


class Dispatcher:
    """Sends and settles for one session."""

    def __init__(self, broker: Broker, receiver: SessionReceiver, tracing: Tracing | None = None) -> None:
        self._broker = broker
        self._receiver = receiver
        self._backlog: dict[str, deque[Message]] = {}
        self._retries: dict[str, asyncio.Task[None]] = {}
        self._held: list[Sending] = []
        self._unsettled: list[Delivery] = []
        self._unsettled_since = 0.0
        self._settling_takes = 0.0
        self._later = None if tracing is None else SettlingLater(tracing, self._settle_in_time)

    @property
    def waiting(self) -> int:
        """How many messages wait for a destination that is unwell."""
        return sum(map(len, self._backlog.values()))

    async def dispatch(self, sending: Sending) -> None:
        """Send, then settle; returns when all is done that can be done now.

        Raises:
            LockLost: the session is somebody else's.
        """
        queues: dict[str, list[Message]] = {}
        for destination, message in sending.messages:
            queues.setdefault(destination, []).append(message)
        unwell = await asyncio.gather(*(self._send(name, messages) for name, messages in queues.items()))
        sending.waiting_for = {name for name in unwell if name in self._backlog}
        if sending.waiting_for:
            sending.since = asyncio.get_running_loop().time()
            self._held.append(sending)
        else:
            await self._done(sending.inputs)

    async def settled(self) -> None:
        """Wait until all that can be settled is: nothing is to come again when the session is given back."""
        if self._later is not None:
            await self._later.drained()

    async def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Settle inputs, and those that could not be settled before."""
        due = [*self._unsettled, *deliveries]
        if not due:
            return
        try:
            await self._receiver.complete(due)
        except BrokerUnavailable as error:
            if not self._unsettled:
                self._unsettled_since = asyncio.get_running_loop().time()
            self._unsettled = due
            _LOG.warning("%d messages not settled yet: %s", len(due), error)
        else:
            self._unsettled = []

    async def refuse(self, delivery: Delivery, reason: str, description: str) -> bool:
        """Put an input into the dead-letter queue; tells whether the broker has confirmed it, or it comes again."""
        # The description may quote what the message holds: it is told in the dead letter, which holds that too.
        _LOG.warning("message %s goes to the dead-letter queue: %s", delivery.id, reason)
        try:
            await self._receiver.dead_letter(delivery, reason, description)
        except BrokerUnavailable as error:
            _LOG.warning("message %s stays for now: %s", delivery.id, error)
            return False
        return True

    def close(self) -> None:
        """Stop trying; what is not out is sent again by whoever gets the inputs."""
        for task in self._retries.values():
            task.cancel()
        if self._later is not None:
            self._later.close()

    def check_age(self) -> None:
        """Raise `LockLost` if an input has been unsettled for longer than `SETTLE_WITHIN`."""
        now = asyncio.get_running_loop().time()
        oldest = min(
            [sending.since for sending in self._held] + ([self._unsettled_since] if self._unsettled else []),
            default=now,
        )
        if now - oldest > SETTLE_WITHIN.total_seconds():
            raise LockLost(f"inputs unsettled for more than {SETTLE_WITHIN}: the session is given up to get them again")

    async def _send(self, destination: str, messages: list[Message]) -> str | None:
        """Send to one destination, in chunks; give its name if it is unwell."""
        if destination in self._backlog:
            self._backlog[destination].extend(messages)
            return destination
        for sent in range(0, len(messages), CHUNK_MAX):
            try:
                await self._send_or_fail(destination, messages[sent : sent + CHUNK_MAX])
            except BrokerUnavailable as error:
                _LOG.warning("%d messages to %s wait: %s", len(messages) - sent, destination, error)
                self._backlog[destination] = deque(messages[sent:])
                self._retries[destination] = asyncio.create_task(self._retry(destination))
                return destination
        return None

    async def _send_or_fail(self, destination: str, messages: list[Message]) -> None:
        try:
            await self._broker.send(destination, messages)
        except UnknownDestination as error:
            for message in messages:
                await self._fail(destination, message, error)
        except RefusedError as error:
            if len(messages) == 1:
                await self._fail(destination, messages[0], error)
                return
            for message in messages:
                await self._send_or_fail(destination, [message])

    async def _fail(self, destination: str, message: Message, error: RefusedError) -> None:
        if not destination.startswith(COMMANDS):
            _LOG.error("message %s to %s can't be sent: %s", message.id, destination, error)
            return
        command = Command.from_message(message.body, message.properties)
        failure = disagreement(_FAILURES.get(type(error), SEND_REFUSED), f"command to {destination} not sent: {error}")
        await self._broker.send(INSTANCES, [failed_command(command, failure)])

    async def _retry(self, destination: str) -> None:
        pause = _PAUSE_FIRST
        backlog = self._backlog[destination]
        while backlog:
            await asyncio.sleep(pause)
            chunk = list(islice(backlog, CHUNK_MAX))
            try:
                await self._send_or_fail(destination, chunk)
            except BrokerUnavailable:
                pause = min(pause * 2, _PAUSE_MAX)
                continue
            for _ in chunk:
                backlog.popleft()
        del self._backlog[destination], self._retries[destination]
        await self._release(destination)

    async def _release(self, destination: str) -> None:
        settled: list[Delivery] = []
        for sending in self._held:
            sending.waiting_for.discard(destination)
            if not sending.waiting_for:
                settled += sending.inputs
        self._held = [sending for sending in self._held if sending.waiting_for]
        if self._later is not None:
            self._later.add(settled)
        else:
            await self._settle_in_time(settled)

    async def _done(self, inputs: list[Delivery]) -> None:
        """Settle inputs whose messages are sent; if spans were told for them, once these have left."""
        if self._later is None or (self._unsettled and not inputs):
            await self.settle(inputs)
        else:
            self._later.add(inputs)
            if len(inputs) >= BUSY:
                await asyncio.sleep(self._settling_takes)

    async def _settle_in_time(self, inputs: list[Delivery]) -> None:
        """Settle beside the rounds; that the session is lost, they learn by themselves."""
        now = asyncio.get_running_loop().time
        began = now()
        try:
            await self.settle(inputs)
            self._settling_takes = min(now() - began, PAUSE_MAX)
        except LockLost as error:
            _LOG.warning("%d inputs will be delivered again: %s", len(inputs), error)
