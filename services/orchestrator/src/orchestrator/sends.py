"""The spans of what the management API and the router send: a broker that tells each message that leaves.

1. The span of a send stands beneath the one that its message named, and the message names it in turn: whoever takes the
   message goes on beneath it.
2. Its id follows from the id of the message, so that the same message has the same span however often it is sent.
3. What the broker does not confirm is told as a failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from durable.failure import Failure, failure_of
from durable.messages import Message
from durable.ports import Broker, Clock, Receiver, SessionReceiver
from durable.telemetry.context import TraceContext, context_of, span_id_of
from durable.telemetry.names import MESSAGING_MESSAGE_ID
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import Tracing

_UNCONFIRMED = Failure("TimeoutError", "the broker did not confirm as long as it was waited for")


def telling_sends(broker: Broker, tracing: Tracing | None, clock: Clock) -> Broker:
    """Give a broker that tells what it sends; the same one if nobody takes spans."""
    return broker if tracing is None else _TellingBroker(broker, tracing, clock)


class _TellingBroker:
    def __init__(self, broker: Broker, tracing: Tracing, clock: Clock) -> None:
        self._broker = broker
        self._tracing = tracing
        self._clock = clock

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        """Send and tell; errors as the broker."""
        marked = [_marked(destination, message) for message in messages]
        start = self._clock.now()
        failure: Failure | None = _UNCONFIRMED
        try:
            await self._broker.send(destination, [message for message, _, _ in marked])
            failure = None
        except Exception as error:
            failure = failure_of(error)
            raise
        finally:
            times = (start, self._clock.now())
            for message, context, parent in marked:
                if context is not None:
                    self._tell(destination, message, (context, parent), times, failure)

    async def receiver(self, source: str) -> Receiver:
        return await self._broker.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return await self._broker.session(queue, session)

    async def close(self) -> None:
        await self._broker.close()

    def _tell(
        self,
        destination: str,
        message: Message,
        place: tuple[TraceContext, int],
        times: tuple[datetime, datetime],
        failure: Failure | None,
    ) -> None:
        told = {**self._tracing.messaging("send", destination), MESSAGING_MESSAGE_ID: message.id}
        self._tracing.finished(Span(f"send {destination}", Kind.PRODUCER, *place, *times, told, failure))


def _marked(destination: str, message: Message) -> tuple[Message, TraceContext | None, int]:
    above = context_of(message.properties)
    if above is None:
        return message, None, 0
    context = above.child(span_id_of("send", destination, message.id))
    return replace(message, properties=context.within(message.properties)), context, above.span_id
