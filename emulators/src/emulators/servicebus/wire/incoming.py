"""Links on which the endpoint receives: messages for an entity, and requests.

1. Credit is renewed when half of it is used. At zero the Python SDK would tell a flow of its own, whose outgoing
   window has been counted down and goes negative in the end.
2. A message that exceeds the size limit while more of it is to come costs its sender the link, as on the service; so
   does one in too many pieces, and too many begun messages on all links of a connection. A whole one is rejected.
3. More transfers than credit are taken all the same: that SDK does not stop at zero.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from emulators.servicebus.amqp.performatives import Attach, Flow, Transfer
from emulators.servicebus.amqp.sections import BATCH_FORMAT
from emulators.servicebus.broker.refusals import MessageTooLarge, QuotaExceeded, Refusal
from emulators.servicebus.wire import outcomes
from emulators.servicebus.wire.transactions import check_state

if TYPE_CHECKING:
    from emulators.servicebus.wire.session import Session

CREDIT = 2000
PARTS_MAX = 4096
PART_BYTES = 64
PENDING_BYTES_MAX = 8 << 20

# Takes a whole payload and its message format; raises `Refusal` to reject it.
Sink = Callable[[bytes, int], None]


class IncomingLink:
    """Puts transfers together, hands payloads on and answers with an outcome."""

    def __init__(
        self, session: "Session", request: Attach, sink: Sink, bytes_max: int, batch_bytes_max: int | None = None
    ) -> None:
        """Take payloads up to a size; batches may have another limit, which their sender is told."""
        self.request = request
        self.path = ""
        self.used_at = 0
        self._session = session
        self._sink = sink
        self.bytes_max = bytes_max
        self.batch_bytes_max = batch_bytes_max
        self._delivery_count = request.initial_delivery_count or 0
        self._credit = 0
        self._parts: list[bytes] = []
        self._size = self._kept = 0
        self._first: Transfer | None = None

    def grant(self) -> None:
        """Tell the peer that it may send."""
        self._credit = CREDIT
        self._session.tell_flow(self.request.handle, self._delivery_count, CREDIT)

    def on_transfer(self, transfer: Transfer, part: bytes) -> None:
        """Take one frame of a delivery."""
        self.used_at = self._session.hub.now
        first = self._first or transfer
        if transfer.aborted:
            self._forget()
            return
        self._size += len(part)
        if transfer.more:
            self._first = first
            self._keep(part)
            return
        size, payload = self._size, b"".join([*self._parts, part]) if self._parts else part
        self._forget()
        self._complete(first, payload, size)

    def on_flow(self, flow: Flow) -> None:
        """A sender tells what it has; if it asks, it learns its credit."""
        if flow.echo:
            self.grant()

    def stall(self) -> None:
        """Nothing goes out here."""

    def go_on(self) -> None:
        """Nothing goes out here."""

    def close(self) -> None:
        """Forget a message that was begun."""
        self._forget()

    def _keep(self, part: bytes) -> None:
        connection = self._session.connection
        self._parts.append(part)
        self._kept += len(part) + PART_BYTES
        connection.pending_bytes += len(part) + PART_BYTES
        refusal: Refusal | None = None
        if self._size > max(self.bytes_max, self.batch_bytes_max or 0):
            refusal = self._too_large(self._first, self._size, self.bytes_max)
        elif len(self._parts) > PARTS_MAX:
            refusal = QuotaExceeded(f"A message comes in at most {PARTS_MAX + 1} transfers.")
        elif connection.pending_bytes > max(PENDING_BYTES_MAX, 2 * self.bytes_max):
            refusal = QuotaExceeded(f"Messages that were begun take {connection.pending_bytes} bytes: complete some.")
        if refusal is not None:
            self._session.detach(self.request.handle, refusal)

    def _too_large(self, first: Transfer | None, size: int, limit: int) -> MessageTooLarge:
        number = None if first is None else first.delivery_id
        return MessageTooLarge(
            f"The received message (delivery-id:{number}, size:{size} bytes) exceeds the limit "
            f"({limit} bytes) currently allowed on the link."
        )

    def _forget(self) -> None:
        if self._parts:
            self._session.connection.pending_bytes -= self._kept
            self._parts.clear()
        self._size, self._kept, self._first = 0, 0, None

    def _complete(self, first: Transfer, payload: bytes, size: int) -> None:
        self._conclude(first, self._outcome(first, payload, size))

    def _outcome(self, first: Transfer, payload: bytes, size: int) -> bytes:
        """Hand a payload on and give the encoded outcome."""
        try:
            if first.state is not None:
                check_state(first.state)
            message_format = first.message_format or 0
            limit = self.bytes_max
            if self.batch_bytes_max is not None and message_format == BATCH_FORMAT:
                limit = self.batch_bytes_max
            if size > limit:
                raise self._too_large(first, size, limit)
            self._sink(payload, message_format)
            return outcomes.ACCEPTED_STATE
        except Refusal as refusal:
            return outcomes.rejected_state(refusal)

    def _conclude(self, first: Transfer, state: bytes) -> None:
        self._delivery_count += 1
        self._credit -= 1
        if not first.settled and first.delivery_id is not None:
            self._session.tell_outcome(first.delivery_id, state)
        if self._credit <= CREDIT // 2:
            self.grant()
