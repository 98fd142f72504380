"""Auto-forwarding: what arrives in one queue goes on to another entity.

1. Messages are taken as they arrive and passed on when the broker pumps, before the turn is stored: none is ever seen
   waiting between two entities.
2. A message that its destination refuses, or that has been forwarded too often, goes to the transfer dead-letter queue
   of its source.
3. A forwarded dead letter takes its reason and the name of its source along.
"""

from collections.abc import Callable
from typing import Protocol

from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.sections import with_application_properties
from emulators.servicebus.amqp.values import Symbol
from emulators.servicebus.broker.content import Content, DeadLetter, Message
from emulators.servicebus.broker.intake import Intake
from emulators.servicebus.broker.refusals import Refusal

HOPS_MAX = 4
_SOURCE_KEY = encode(Symbol("x-opt-deadletter-source"))
_TOO_FAR = DeadLetter(
    "MaxTransferHopCountExceeded", f"The message was forwarded {HOPS_MAX} times already, which is the maximum."
)


class Destination(Protocol):
    """Where messages go on to: a queue or a topic."""

    intake: Intake

    def check_acceptable(self, content: Content) -> None:
        """Raise unless a sender may send this here."""


class Grave(Protocol):
    """The transfer dead-letter queue of the source."""

    def bury(self, message: Message, why: DeadLetter) -> None:
        """Add a copy of a message that could not go on."""


class Outlet:
    """The way on from one queue, or from its dead-letter queue, to whatever has the name of its destination then."""

    def __init__(self, source: str, name: str, find: Callable[[str], Destination], grave: Grave) -> None:
        self._source = source
        self._name = name
        self._find = find
        self._grave = grave
        self._leaving: list[Message] = []

    def take(self, message: Message) -> None:
        """Take a message that has arrived."""
        self._leaving.append(message)

    def pass_on(self, now: int) -> None:
        """Send what was taken."""
        leaving, self._leaving = self._leaving, []
        for message in leaving:
            content = message.content
            if content.hops >= HOPS_MAX:
                self._grave.bury(message, _TOO_FAR)
                continue
            if message.dead_letter is not None:
                content = _with_reason(content, message.dead_letter, self._source)
            try:
                destination = self._find(self._name)
                destination.check_acceptable(content)
            except Refusal as refusal:
                self._grave.bury(message, DeadLetter(type(refusal).__name__, str(refusal)))
                continue
            first = message.origin_sequence or message.sequence
            destination.intake.send(content._replace(hops=content.hops + 1, first_sequence=first), now)


def _with_reason(content: Content, why: DeadLetter, source: str) -> Content:
    bare = with_application_properties(content.bare, why.properties())
    if _SOURCE_KEY in content.annotations:
        return content._replace(bare=bare)
    return content._replace(
        bare=bare,
        annotations=content.annotations + _SOURCE_KEY + encode(source),
        annotation_count=content.annotation_count + 2,
    )
