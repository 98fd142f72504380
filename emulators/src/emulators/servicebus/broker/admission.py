"""Whether a queue takes a message from a sender."""

from typing import TYPE_CHECKING

from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.refusals import EntityDisabled, NotAllowed, QuotaExceeded

if TYPE_CHECKING:
    from emulators.servicebus.broker.queue import Queue


def check_admission(queue: "Queue", content: Content) -> None:
    """Raise a `Refusal` unless a sender may send this here."""
    if queue.dead_letters is None:
        raise NotAllowed(f"Messages can't be sent to '{queue.name}': a dead-letter queue is filled by its queue alone.")
    if queue.settings.status.refuses_sends:
        raise EntityDisabled(f"Messaging entity '{queue.name}' is currently disabled for Send operations.")
    if queue.settings.bytes_max and queue.size() >= queue.settings.bytes_max:
        raise QuotaExceeded(
            f"The maximum entity size has been reached or exceeded for '{queue.name}': its messages and dead "
            f"letters take {queue.size()} bytes, {queue.settings.bytes_max} are allowed. Receive some."
        )
    if queue.sessions is not None and content.session_id is None:
        raise NotAllowed(
            f"The SessionId was not set on a message, and it cannot be sent to the entity '{queue.name}'. "
            "Entities that have session support enabled can only receive messages that have it set."
        )
