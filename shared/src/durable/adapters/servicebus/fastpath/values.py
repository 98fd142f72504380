"""Values of the SDK's AMQP layer: outcomes, answers, errors, and a message as bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from azure.servicebus._pyamqp.error import AMQPError, AMQPException, ErrorCondition
from azure.servicebus._pyamqp.outcomes import Accepted, Modified, Rejected
from azure.servicebus._pyamqp.utils import amqp_array_value
from azure.servicebus.exceptions import ServiceBusError

from durable.adapters.servicebus.channel import Settle, Settlement
from durable.adapters.servicebus.failures import error_of
from durable.errors import BrokerUnavailable, DurableError

_ECHOED = {Settlement.COMPLETE: "accepted", Settlement.ABANDON: "modified", Settlement.DEAD_LETTER: "rejected"}


def outcome_of(how: Settle) -> object:
    """Give the outcome that a disposition carries."""
    if how.settlement is Settlement.COMPLETE:
        return Accepted()
    if how.settlement is Settlement.ABANDON:
        return Modified(delivery_failed=True, undeliverable_here=False, message_annotations=None)
    texts = {"DeadLetterReason": how.reason, "DeadLetterErrorDescription": how.description}
    return Rejected(error=AMQPError(condition=b"com.microsoft:dead-letter", description=how.description, info=texts))


def check_settled(state: Any, how: Settle) -> None:
    """Check that the broker did what was asked: it echoes the outcome, and names an error if it could not.

    Raises:
        LockLost, BrokerUnavailable: it did not.
    """
    _check(state, _ECHOED[how.settlement], "settling")


def check_sent(state: Any) -> None:
    """Check that the broker took a transfer.

    Raises:
        RefusedError, MessageTooLarge, UnknownDestination, BrokerUnavailable: it did not.
    """
    _check(state, "accepted", "sending")


def _check(state: Any, expected: str, what: str) -> None:
    rejection = (state or {}).get("rejected")
    error = rejection[0] if rejection else None
    if error:
        raise error_of(error[0], f"{what}: {decoded(error[1]) if len(error) > 1 else ''}")
    if expected not in (state or {}):
        raise BrokerUnavailable(f"{what}: expected the outcome {expected!r}; found {state!r:.200}")


def settle_request(how: Settle, tags: Iterable[bytes], session: str | None) -> dict[str, Any]:
    """Give the body of `update-disposition` for the messages of these delivery tags."""
    body: dict[str, Any] = {
        "disposition-status": how.settlement.value,
        "lock-tokens": lock_tokens(tags),
    }
    if session is not None:
        body["session-id"] = session
    if how.settlement is Settlement.DEAD_LETTER:
        body["deadletter-reason"] = how.reason
        body["deadletter-description"] = how.description
    return body


def lock_tokens(tags: Iterable[bytes]) -> Any:
    """Give delivery tags as the array of lock tokens that management operations take."""
    return amqp_array_value([UUID(bytes_le=tag) for tag in tags])


def answering(settle: Callable[[Any], None]) -> Callable[..., Awaitable[None]]:
    """Make the callback that gives (status, description, message), or an error, of a management operation."""

    async def answered(_: object, status: Any, description: Any, message: Any, error: Any = None) -> None:
        settle(error if isinstance(error, Exception) else (status, description, message))

    return answered


def meaning(error: Exception) -> DurableError:
    """Give what a failure of the SDK's AMQP layer means."""
    if isinstance(error, AMQPException):
        condition = error.condition.value if isinstance(error.condition, ErrorCondition) else error.condition
        return error_of(condition, f"{type(error).__name__}: {decoded(error.description)}")
    if isinstance(error, ServiceBusError):
        return BrokerUnavailable(f"{type(error).__name__}: {error}")
    return BrokerUnavailable(f"the connection failed: {type(error).__name__}: {error}")


def decoded(text: Any) -> str:
    """Give text that the SDK may have left as bytes."""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text or "")
