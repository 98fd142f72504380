"""Giving messages to receivers: what a receiver is, and the dispatch of entities without sessions."""

from collections import deque
from typing import Protocol

from emulators.servicebus.broker.backlog import Backlog
from emulators.servicebus.broker.content import Message


class Consumer(Protocol):
    """A receiver. `credit` is how many more messages it wants; dispatch counts it down."""

    credit: int
    deletes: bool

    def deliver(self, message: Message) -> None:
        """Take a message, locked already unless `deletes` is set."""


class SessionConsumer(Consumer, Protocol):
    """A receiver of the messages of one session."""

    def session_granted(self, session_id: str, locked_until: int) -> None:
        """The session is locked for this receiver."""

    def session_refused(self) -> None:
        """No session had messages in time."""

    def session_lost(self) -> None:
        """The lock on the session ran out; nothing more will come."""


class Shelf(Protocol):
    """What dispatch needs of the queue it works for: to mark a message as handed out."""

    def hand_out(self, message: Message, consumer: Consumer, locked_until: int) -> None:
        """Lock the message, or remove it if the consumer deletes, and deliver it."""


class Competition:
    """Any message to any receiver, in turn: the dispatch of queues and subscriptions without sessions."""

    def __init__(self, lock_duration: int) -> None:
        self._lock_duration = lock_duration
        self._backlog = Backlog()
        self._eager: deque[Consumer] = deque()

    @property
    def is_wanted(self) -> bool:
        """Whether a consumer waits with credit."""
        return any(consumer.credit > 0 for consumer in self._eager)

    def set_lock_duration(self, duration: int) -> None:
        """Messages that are handed out from now on are locked that long."""
        self._lock_duration = duration

    def put(self, message: Message) -> None:
        self._backlog.put(message)

    def ask(self, consumer: Consumer) -> None:
        """The consumer has credit."""
        if consumer.credit > 0 and consumer not in self._eager:
            self._eager.append(consumer)

    def leave(self, consumer: Consumer) -> None:
        if consumer in self._eager:
            self._eager.remove(consumer)

    def pump(self, now: int, shelf: Shelf) -> None:
        """Hand out messages while there are both messages and credit."""
        eager, take = self._eager, self._backlog.take
        until = now + self._lock_duration
        while eager:
            consumer = eager[0]
            if consumer.credit <= 0:
                eager.popleft()
                continue
            message = take()
            if message is None:
                return
            consumer.credit -= 1
            shelf.hand_out(message, consumer, until)
            if len(eager) > 1:
                eager.rotate(-1)
