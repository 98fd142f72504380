"""How completions leave the host: sent first, their commands settled after, both in as few calls as possible.

Two loops, so that a send never waits for a settlement. Each takes all that is ready when it comes round: while one
transfer is on its way the next batch gathers.

Where the process dies: before the send, the command is delivered again and its handler runs again; between send and
settlement, the same, and the instance ignores the second completion; after the settlement, nothing is left to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from durable.errors import BrokerUnavailable, LockLost, MessageTooLarge, UnknownDestination
from durable.failure import failure_of
from durable.health import Health
from durable.messages import INSTANCES, InstanceMessage, Message
from durable.ports import Broker, Delivery, Receiver
from durable.vault import Vault, sealed_message
from durable.worker.backoff import Backoff
from durable.worker.held import Held
from durable.worker.performer import Answer
from durable.worker.spans import Spans

SENDING = "sending completions"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer to a command.

    Attributes:
        delivery: the command as received.
        answer: the completion, and when it comes true.
        instead: makes the completion to be sent if the broker finds this one too large.
    """

    delivery: Delivery
    answer: Answer
    instead: Callable[[Exception], InstanceMessage]

    @property
    def session(self) -> str:
        """Where the completion goes."""
        return self.answer.run.command.reply_session


@dataclass(frozen=True, slots=True)
class Links:
    """The broker, the receiver of the commands, what is held of it, and who tells of completions, if anybody does."""

    broker: Broker
    receiver: Receiver
    held: Held
    vault: Vault
    spans: Spans | None = None


class Completions:
    """Sends completions and settles their commands; `on_settled` is called when some are."""

    def __init__(self, links: Links, health: Health, random: Random, on_settled: Callable[[], None]) -> None:
        self._links = links
        self._health = health
        self._random = random
        self._on_settled = on_settled
        self._ready: list[tuple[Completion, Message]] = []
        self._sealing: set[asyncio.Task[None]] = set()
        self._sent: list[Delivery] = []
        self._has_ready = asyncio.Event()
        self._has_sent = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many are ready, or are made ready, to be sent."""
        return len(self._ready) + len(self._sealing)

    def add(self, completion: Completion) -> None:
        """Have it sent with whatever else is ready by then, and its command settled after."""
        said = completion.answer.message
        assert said is not None
        message = said.to_message(completion.session, due=completion.answer.due)
        if self._links.vault.concerns(len(message.body)):
            task = asyncio.create_task(self._seal(completion, said))
            self._sealing.add(task)
            task.add_done_callback(self._sealing.discard)
        else:
            self._is_ready(completion, message)

    def leave(self, delivery: Delivery) -> None:
        """Have a command settled whose completion comes from elsewhere."""
        self._sent.append(delivery)
        self._has_sent.set()

    async def send(self) -> None:
        """Send what is ready, until cancelled."""
        try:
            while True:
                await self._has_ready.wait()
                self._has_ready.clear()
                batch, self._ready = self._ready, []
                await self._send(batch)
                self._sent += [completion.delivery for completion, _ in batch]
                self._has_sent.set()
        finally:
            for task in self._sealing:
                task.cancel()

    async def settle(self) -> None:
        """Settle the commands whose completions are sent, until cancelled."""
        while True:
            await self._has_sent.wait()
            self._has_sent.clear()
            batch, self._sent = self._sent, []
            await self._settle(batch)
            for delivery in batch:
                self._links.held.release(delivery)
            self._on_settled()

    async def _seal(self, completion: Completion, said: InstanceMessage) -> None:
        """Seal a completion beside the others: an object store that is away holds up nothing else."""
        try:
            message = await sealed_message(self._links.vault, said, completion.session, due=completion.answer.due)
        except Exception as error:  # A codec may be anybody's code.
            if self._links.spans is not None:
                self._links.spans.not_sent(completion.answer.run, failure_of(error))
            _log.exception("a completion can't be sealed, its command comes again", extra={"message_id": said.id})
            self._links.held.release(completion.delivery)
            self._on_settled()
        else:
            self._is_ready(completion, message)

    def _is_ready(self, completion: Completion, message: Message) -> None:
        self._ready.append((completion, message))
        self._has_ready.set()

    async def _send(self, batch: list[tuple[Completion, Message]]) -> None:
        backoff = Backoff(self._random)
        messages = [message for _, message in batch]
        while True:
            try:
                await self._links.broker.send(INSTANCES, messages)
            except MessageTooLarge as error:
                if len(batch) == 1:
                    messages = [self._instead(batch[0][0], error)]
                    continue
                for one in batch:
                    await self._send([one])
            except (BrokerUnavailable, UnknownDestination) as error:
                self._health.not_ready(SENDING, str(error))
                _log.warning("completions can't be sent, trying again: %s", error, extra={"waiting": len(batch)})
                await asyncio.sleep(backoff.delay())
                continue
            self._health.ready(SENDING)
            if self._links.spans is not None:
                self._links.spans.sent([completion.answer.run for completion, _ in batch])
            return

    def _instead(self, completion: Completion, error: MessageTooLarge) -> Message:
        if self._links.spans is not None:
            self._links.spans.not_sent(completion.answer.run, failure_of(error))
        return completion.instead(error).to_message(completion.session)

    async def _settle(self, batch: list[Delivery]) -> None:
        backoff = Backoff(self._random)
        while open_ := [delivery for delivery in batch if not self._links.held.is_lost(delivery)]:
            try:
                await self._links.receiver.complete(open_)
            except LockLost as error:
                _log.warning("commands whose locks were lost will run again: %s", error)
            except BrokerUnavailable as error:
                # Those that are settled by now say LockLost the next time, which ends this.
                _log.warning("commands can't be settled, trying again: %s", error, extra={"waiting": len(open_)})
                await asyncio.sleep(backoff.delay())
                continue
            return
