"""Lets nothing hang on a dead letter: commands become failures of their tasks, messages to instances are sent again.

What if the process dies …
  between the send and the settle: the dead letter comes again, and what follows from it has the same id.

1. A command in the dead-letter queue of its worker becomes `ActivityFailed` of its instance, which holds all that a
   person would look for there. Another attempt is allowed if the command expired, not if its workers gave it up.
2. A message to an instance that was delivered too often is sent again: the delivery count decides nothing. What a
   partition host refused stays for a person, and so does what is no message of ours.
3. Every replica drains; the lock on a message makes that safe. A dead letter that stays is looked at now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from durable.activity import COMMANDS
from durable.errors import BrokerUnavailable, LockLost, RefusedError, UndecodableMessage, UnknownDestination
from durable.failure import COMMAND_DEAD_LETTERED, Failure, disagreement
from durable.ids import digest, partition_of
from durable.messages import INSTANCES, Command, Message, read_envelope
from durable.ports import DEAD_LETTER, DEAD_LETTER_DESCRIPTION, DEAD_LETTER_REASON, Broker, Delivery, Receiver
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import DEAD_LETTERS_KEPT, DEAD_LETTERS_REVIVED
from orchestrator.unanswered import failed_command

_LOG = logging.getLogger(__name__)
TOO_OFTEN = "MaxDeliveryCountExceeded"
EXPIRED = "TTLExpiredException"
RECEIVE_MAX = 100
RECEIVE_WAIT = timedelta(seconds=30)
KEPT_MAX = 1_000
KEPT_PAUSE = timedelta(minutes=1)
_AT_ONCE = timedelta(seconds=1)
_PAUSE_FIRST, _PAUSE_MAX = 0.1, 5.0
_OURS = frozenset({DEAD_LETTER_REASON, DEAD_LETTER_DESCRIPTION})


class Kept(Exception):
    """A dead letter that stays where it is, for a person."""


class _Seen:
    """How many dead letters of one queue stayed at the last look."""

    kept = 0


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Drains the dead-letter queues of a deployment."""

    broker: Broker
    destinations: frozenset[str]
    partition_count: int
    metrics: Metrics = field(default_factory=Metrics)

    async def run(self) -> None:
        """Drain until cancelled; a broker that goes away is waited for."""
        commands = (queue for queue in sorted(self.destinations) if queue.startswith(COMMANDS))
        drains = [self._drain(queue, failure_message) for queue in commands]
        await asyncio.gather(self._drain(INSTANCES, self._sent_again), *drains)

    def _sent_again(self, delivery: Delivery) -> Message:
        if reason_of(delivery) not in {TOO_OFTEN, EXPIRED}:
            raise Kept(f"refused as {reason_of(delivery)}")
        try:
            instance_id = read_envelope(delivery.body)["instance_id"]
        except UndecodableMessage as error:
            raise Kept(str(error)) from error
        properties = {name: text for name, text in delivery.properties.items() if name not in _OURS}
        fresh = digest("drained", delivery.id, delivery.enqueued_at.isoformat())
        return Message(delivery.body, fresh, partition_of(instance_id, self.partition_count), None, properties)

    async def _drain(self, queue: str, revive: Callable[[Delivery], Message]) -> None:
        pause = _PAUSE_FIRST
        seen = _Seen()
        self.metrics.watch(DEAD_LETTERS_KEPT, seen, lambda seen: seen.kept, queue)
        while True:
            receiver: Receiver | None = None
            try:
                receiver = await self.broker.receiver(queue + DEAD_LETTER)
                while True:
                    seen.kept = await self._pass(receiver, revive)
                    pause = _PAUSE_FIRST
                    if seen.kept:
                        await asyncio.sleep(KEPT_PAUSE.total_seconds())
            except (BrokerUnavailable, LockLost, UnknownDestination) as error:
                _LOG.warning("the dead letters of %s are not looked at for now: %s", queue, error)
            finally:
                if receiver is not None:
                    await receiver.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _PAUSE_MAX)

    async def _pass(self, receiver: Receiver, revive: Callable[[Delivery], Message]) -> int:
        """Go through what there is, once; gives how many stay."""
        kept: list[Delivery] = []
        wait = RECEIVE_WAIT
        while len(kept) < KEPT_MAX and (deliveries := await receiver.receive(RECEIVE_MAX, wait)):
            kept += await self._revive(receiver, deliveries, revive)
            wait = _AT_ONCE
        for delivery in kept:
            with suppress(LockLost):
                await receiver.abandon(delivery)
        return len(kept)

    async def _revive(
        self, receiver: Receiver, deliveries: Sequence[Delivery], revive: Callable[[Delivery], Message]
    ) -> list[Delivery]:
        revived: list[tuple[Delivery, Message]] = []
        kept: list[Delivery] = []
        for delivery in deliveries:
            try:
                revived.append((delivery, revive(delivery)))
            except Kept as why:
                kept.append(delivery)
                _LOG.debug("dead letter %s stays: %s", delivery.id, why)
        kept += await self._send(receiver, revived)
        return kept

    async def _send(self, receiver: Receiver, revived: Sequence[tuple[Delivery, Message]]) -> list[Delivery]:
        """Send, then settle; gives what can't be sent."""
        if not revived:
            return []
        try:
            await self.broker.send(INSTANCES, [message for _, message in revived])
        except UnknownDestination:
            raise
        except RefusedError as error:
            if len(revived) > 1:
                return [one for pair in revived for one in await self._send(receiver, [pair])]
            _LOG.error("what follows from dead letter %s can't be sent: %s", revived[0][0].id, error)
            return [revived[0][0]]
        for delivery, _ in revived:
            _LOG.warning("dead letter %s is taken care of: it was given up as %s", delivery.id, reason_of(delivery))
            self.metrics.add(DEAD_LETTERS_REVIVED, 1, reason_of(delivery))
        await receiver.complete([delivery for delivery, _ in revived])
        return []


def failure_message(delivery: Delivery) -> Message:
    """Give the answer to a command that no worker will give.

    Raises:
        Kept: it is no command.
    """
    try:
        command = Command.from_message(delivery.body, delivery.properties)
    except UndecodableMessage as error:
        raise Kept(str(error)) from error
    return failed_command(command, _failure(delivery))


def reason_of(delivery: Delivery) -> str:
    """Give the reason of a dead letter, as the broker or the one who refused it wrote it; empty if there is none."""
    return delivery.properties.get(DEAD_LETTER_REASON, "")


def _failure(delivery: Delivery) -> Failure:
    reason, description = reason_of(delivery), delivery.properties.get(DEAD_LETTER_DESCRIPTION, "")
    told = f"no worker answered the command, which was given up as {reason or 'a dead letter'}"
    details = {"reason": reason, "description": description, "deliveries": delivery.deliveries}
    failure = disagreement(COMMAND_DEAD_LETTERED, f"{told}: {description}" if description else told, details)
    return replace(failure, retryable=reason == EXPIRED)
