"""What a receiver can do with messages it has locked, and how it gets at deferred ones.

1. Every function raises `MessageLockLost` if the lock is gone, and has then changed nothing.
2. A receiver may set application properties of a message that it gives back: they are in `changed`.
"""

from collections.abc import Sequence
from heapq import nsmallest

from emulators.servicebus.broker.content import DeadLetter, Message, State
from emulators.servicebus.broker.dispatch import SessionConsumer
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import MessageNotFound
from emulators.servicebus.broker.sessions import Session

Changed = dict[str, object]


def complete(queue: Queue, lock_id: int) -> None:
    """The message is done with."""
    queue.remove(queue.unlock(lock_id))


def abandon(queue: Queue, lock_id: int, changed: Changed | None = None) -> None:
    """The delivery failed: again, please, up to the maximum."""
    queue.put_back(_unlocked(queue, lock_id, changed), counted=True)


def release(queue: Queue, lock_id: int) -> None:
    """The delivery never reached anybody: again, please, and it does not count."""
    queue.put_back(queue.unlock(lock_id), counted=False)


def defer(queue: Queue, lock_id: int, changed: Changed | None = None) -> None:
    """Keep the message until it is asked for by number; that counts as a delivery, which may be its last."""
    queue.defer(_unlocked(queue, lock_id, changed))


def dead_letter(queue: Queue, lock_id: int, why: DeadLetter, changed: Changed | None = None) -> None:
    """Set the message aside."""
    queue.check_buries()
    queue.set_aside(_unlocked(queue, lock_id, changed), why)


def delete(queue: Queue, count: int, before: int, session: Session | None = None) -> int:
    """Forget the oldest messages that wait and were enqueued before a time; gives how many.

    What is locked, deferred or scheduled stays. With a session only its messages are meant.
    """
    waiting = (
        message
        for message in queue.messages.values()
        if message.state is State.ACTIVE
        and not message.lock_id
        and message.enqueued_at < before
        and (session is None or message.content.session_id == session.session_id)
    )
    found = nsmallest(count, waiting, key=lambda message: message.sequence)
    for message in found:
        queue.remove(message)
    return len(found)


def _unlocked(queue: Queue, lock_id: int, changed: Changed | None) -> Message:
    message = queue.unlock(lock_id)
    if changed:
        queue.modify(message, changed)
    return message


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
