"""What a receiver can do with messages it has locked, and how it gets at deferred ones.

Every function raises `MessageLockLost` if the lock is gone, and has then changed nothing.
"""

from collections.abc import Sequence

from emulators.servicebus.broker.content import DeadLetter, Message
from emulators.servicebus.broker.dispatch import SessionConsumer
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import MessageNotFound


def complete(queue: Queue, lock_id: int) -> None:
    """The message is done with."""
    queue.remove(queue.unlock(lock_id))


def abandon(queue: Queue, lock_id: int) -> None:
    """The delivery failed: again, please, up to the maximum."""
    queue.put_back(queue.unlock(lock_id), counted=True)


def release(queue: Queue, lock_id: int) -> None:
    """The delivery never reached anybody: again, please, and it does not count."""
    queue.put_back(queue.unlock(lock_id), counted=False)


def defer(queue: Queue, lock_id: int) -> None:
    """Keep the message until it is asked for by number; that counts as a delivery, which may be its last."""
    queue.defer(queue.unlock(lock_id))


def dead_letter(queue: Queue, lock_id: int, why: DeadLetter) -> None:
    """Set the message aside."""
    queue.locks.find(lock_id)
    queue.set_aside(queue.unlock(lock_id), why)


def receive_deferred(
    queue: Queue, sequences: Sequence[int], now: int, holder: tuple[str, SessionConsumer] | None = None
) -> list[Message]:
    """Lock deferred messages by number: all of them or, if one is missing, locked or expired, none.

    One that has expired is ended now.

    In an entity with sessions `holder` is the session and the receiver that holds it.
    """
    messages = [queue.deferred.get(sequence) for sequence in sequences]
    found = [message for message in messages if message is not None and not message.lock_id]
    for message in [each for each in found if each.expires_at and each.expires_at <= now]:
        queue.end(message)
        found.remove(message)
    session = queue.sessions.held_by(*holder) if queue.sessions is not None and holder is not None else None
    if session is not None:
        found = [message for message in found if message.content.session_id == session.session_id]
    if len(found) != len(sequences):
        raise MessageNotFound(f"Not all of the messages {list(sequences)} are deferred in '{queue.name}' and unlocked.")
    for message in found:
        queue.locks.take(message, now + queue.settings.lock_duration if session is None else session.locked_until)
        if session is not None:
            session.unsettled[message.lock_id] = message
    return found
