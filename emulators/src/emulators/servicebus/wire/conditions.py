"""How each refusal is called on the wire: error condition and management status code."""

from emulators.servicebus.amqp.performatives import error
from emulators.servicebus.amqp.values import Described
from emulators.servicebus.broker import refusals

_CONDITIONS: dict[type[refusals.Refusal], tuple[str, int]] = {
    refusals.EntityNotFound: ("amqp:not-found", 404),
    refusals.EntityDisabled: ("com.microsoft:entity-disabled", 403),
    refusals.NotAllowed: ("amqp:not-allowed", 400),
    refusals.NotSupported: ("amqp:not-implemented", 501),
    refusals.AlreadyExists: ("com.microsoft:entity-already-exists", 409),
    refusals.InvalidArgument: ("com.microsoft:argument-error", 400),
    refusals.OutOfRange: ("com.microsoft:argument-out-of-range", 400),
    refusals.InternalError: ("amqp:internal-error", 500),
    refusals.Unauthorized: ("amqp:unauthorized-access", 401),
    refusals.MessageTooLarge: ("amqp:link:message-size-exceeded", 403),
    refusals.QuotaExceeded: ("amqp:resource-limit-exceeded", 403),
    refusals.MessageNotFound: ("com.microsoft:message-not-found", 404),
    refusals.MessageLockLost: ("com.microsoft:message-lock-lost", 410),
    refusals.SessionLockLost: ("com.microsoft:session-lock-lost", 410),
    refusals.SessionHeld: ("com.microsoft:session-cannot-be-locked", 409),
    refusals.NoSessionAvailable: ("com.microsoft:timeout", 408),
    refusals.DetachForced: ("amqp:link:detach-forced", 400),
}


def condition_of(refusal: refusals.Refusal) -> str:
    """The error condition."""
    if isinstance(refusal, refusals.OnDemand):
        return refusal.condition
    return _CONDITIONS[type(refusal)][0]


def status_of(refusal: refusals.Refusal) -> int:
    """The status code of a management response."""
    if isinstance(refusal, refusals.OnDemand):
        return refusal.status
    return _CONDITIONS[type(refusal)][1]


def refused(condition: str, text: str) -> refusals.OnDemand:
    """A refusal with any condition; its status is that of a refusal with the same condition, otherwise 500 or 503."""
    known = dict(_CONDITIONS.values())
    return refusals.OnDemand(condition, known.get(condition, 503 if condition.endswith("server-busy") else 500), text)


def error_of(refusal: refusals.Refusal) -> Described:
    """The error as it stands in a detach or in a rejected outcome."""
    return error(condition_of(refusal), str(refusal))
