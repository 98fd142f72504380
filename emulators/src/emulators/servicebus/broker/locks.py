"""Locks on messages: each delivery in peek-lock mode has a lock id of its own.

All locks of one table last equally long, so the order in which they were taken or renewed is the order in which they
expire. Once the duration was changed, and until the table is empty again, that is not so: then all are looked at.
"""

from collections import OrderedDict
from collections.abc import Collection
from itertools import count

from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.deadline import Deadline
from emulators.servicebus.broker.refusals import MessageLockLost

# One counter for all entities: a lock id never means two messages. It restarts with the process; see `wire.tokens`.
_next_lock_id = count(1).__next__


class Locks:
    """The messages of one entity that are locked."""

    __slots__ = ("_deadline", "_held", "_mixed", "duration")

    def __init__(self, duration: int, deadline: Deadline) -> None:
        self.duration = duration
        self._deadline = deadline
        self._held: OrderedDict[int, Message] = OrderedDict()
        self._mixed = False

    def set_duration(self, duration: int) -> None:
        """Locks that are taken or renewed from now on last that long."""
        self._mixed = bool(self._held)
        self.duration = duration

    def take(self, message: Message, until: int) -> None:
        message.lock_id = _next_lock_id()
        message.locked_until = until
        self._held[message.lock_id] = message
        self._deadline.at = min(self._deadline.at, until)

    def find(self, lock_id: int) -> Message:
        message = self._held.get(lock_id)
        if message is None:
            raise MessageLockLost(
                "The lock supplied is invalid: the lock expired, or the message was settled or removed already."
            )
        return message

    def holds(self, lock_id: int) -> bool:
        """Whether this lock is still there."""
        return lock_id in self._held

    def release(self, lock_id: int) -> Message:
        message = self.find(lock_id)
        del self._held[lock_id]
        message.lock_id = 0
        return message

    def renew(self, lock_id: int, now: int) -> int:
        message = self.find(lock_id)
        message.locked_until = now + self.duration
        self._held.move_to_end(lock_id)
        return message.locked_until

    def next_at(self) -> int | None:
        """When the next lock expires."""
        if self._mixed:
            return min((message.locked_until for message in self._held.values()), default=None)
        for message in self._held.values():
            return message.locked_until
        return None

    def expired(self, now: int) -> list[Message]:
        """The messages whose lock has run out; they stay locked until released."""
        if self._mixed:
            self._mixed = bool(self._held)
            return [message for message in self._held.values() if message.locked_until <= now]
        found = []
        for message in self._held.values():
            if message.locked_until > now:
                break
            found.append(message)
        return found

    def held(self) -> Collection[Message]:
        """The locked messages, the one whose lock expires next first."""
        return self._held.values()

    def __len__(self) -> int:
        return len(self._held)
