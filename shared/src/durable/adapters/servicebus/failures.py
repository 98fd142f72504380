"""What a failure of the SDK or a condition of the broker means.

1. A condition that says that the broker looked and would not is final; a lock or session that is gone is lost; all else
   is the broker being unavailable, which leaves open what happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError
from azure.servicebus.exceptions import (
    MessageAlreadySettled,
    MessageLockLostError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from durable.errors import (
    BrokerUnavailable,
    DurableError,
    LockLost,
    MessageTooLarge,
    RefusedError,
    SessionTaken,
    UnknownDestination,
)

_BY_CONDITION: dict[str, type[DurableError]] = {
    "amqp:not-found": UnknownDestination,
    "amqp:not-allowed": RefusedError,
    "amqp:link:message-size-exceeded": MessageTooLarge,
    "com.microsoft:session-cannot-be-locked": SessionTaken,
    "com.microsoft:session-lock-lost": LockLost,
    "com.microsoft:message-lock-lost": LockLost,
    "com.microsoft:message-not-found": LockLost,
}
_BY_TYPE: tuple[tuple[type[Exception], type[DurableError]], ...] = (
    (MessagingEntityNotFoundError, UnknownDestination),
    (MessageSizeExceededError, MessageTooLarge),
    (SessionCannotBeLockedError, SessionTaken),
    (SessionLockLostError, LockLost),
    (MessageLockLostError, LockLost),
    (MessageAlreadySettled, LockLost),
)
_NOT_ALLOWED = "amqp:not-allowed"
# What the SDK lets through besides its own: sockets, time-outs, a handler that was closed or shut down meanwhile.
_LEAKS = (ServiceBusError, AzureError, OSError, ValueError, AttributeError, RuntimeError)


def error_of(condition: bytes | str | None, text: str) -> DurableError:
    """Give the error that a condition of the broker means."""
    name = condition.decode() if isinstance(condition, bytes) else str(condition or "")
    return _BY_CONDITION.get(name, BrokerUnavailable)(f"{text}: {name or 'no condition given'}")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Run a call of the SDK's public surface; `what` is what it is for, as the error shall say it."""
    try:
        yield
    except _LEAKS as error:
        raise _meaning(error)(f"{what}: {type(error).__name__}: {str(error)[:300]}") from error


def _meaning(error: Exception) -> type[DurableError]:
    for kind, meaning in _BY_TYPE:
        if isinstance(error, kind):
            return meaning
    return RefusedError if _NOT_ALLOWED in str(error) else BrokerUnavailable
