"""Why the broker says no.

Refusal
├── EntityNotFound          there is no entity of that name
├── EntityDisabled          its status lets nothing through
├── NotAllowed              the entity can't do this
├── NotSupported            the service can do this, the endpoint can not
├── AlreadyExists           there is one of that name
├── InvalidArgument         the request makes no sense
├── OutOfRange              a number in the request is too high or too low
├── InternalError           what the service answers to some requests that it does not understand
├── Unauthorized            no valid token was put
├── MessageTooLarge         over the size limit
├── QuotaExceeded           the entity is full
├── MessageNotFound         no such deferred or scheduled message
├── MessageLockLost         settled, expired or never locked
├── SessionLockLost         the caller doesn't hold the session
├── SessionHeld             somebody else holds the session
├── NoSessionAvailable      none had messages in time
├── DetachForced            a link is taken away without a fault of its client
└── OnDemand                a fault was asked for
"""


class Refusal(Exception):
    """The broker refuses an operation; the text is meant for the caller."""


class EntityNotFound(Refusal):
    """There is no entity of that name."""


class EntityDisabled(Refusal):
    """The status of the entity lets nothing through."""


class NotAllowed(Refusal):
    """The entity can't do this."""


class NotSupported(Refusal):
    """The service can do this, the endpoint can not."""


class AlreadyExists(Refusal):
    """There is one of that name."""


class InvalidArgument(Refusal):
    """The request makes no sense."""


class OutOfRange(Refusal):
    """A number in the request is too high or too low."""


class InternalError(Refusal):
    """What the service answers to some requests that it does not understand."""


class Unauthorized(Refusal):
    """No valid token was put."""


class MessageTooLarge(Refusal):
    """The message is over the size limit."""


class QuotaExceeded(Refusal):
    """The entity is full."""


class MessageNotFound(Refusal):
    """There is no such deferred or scheduled message."""


class MessageLockLost(Refusal):
    """The message was settled, its lock expired, or it was never locked."""


class SessionLockLost(Refusal):
    """The caller doesn't hold the session."""


class SessionHeld(Refusal):
    """Somebody else holds the session."""


class NoSessionAvailable(Refusal):
    """No free session had messages in time."""


class DetachForced(Refusal):
    """The link is taken away, without a fault of its client."""


class OnDemand(Refusal):
    """A fault was asked for: `condition` is the error condition, `status` the code of a management response."""

    def __init__(self, condition: str, status: int, text: str) -> None:
        super().__init__(text)
        self.condition = condition
        self.status = status
