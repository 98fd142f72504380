"""Links on which the endpoint sends: messages to receivers, responses to requesters.

1. The credit of a link is what its peer granted less what was sent since.
2. Responses wait for credit like everything else. The Python SDK grants 10,000 on a response link and never more: the
   service falls silent after that many, and so does this endpoint. When too many wait the link is detached.
3. A link that stalls keeps its credit to itself: dispatch sees none until it goes on.
"""

from collections import deque
from typing import TYPE_CHECKING

from emulators.servicebus.amqp.performatives import Attach, Flow
from emulators.servicebus.amqp.values import Described
from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import NoSessionAvailable, QuotaExceeded, SessionLockLost
from emulators.servicebus.wire import outcomes
from emulators.servicebus.wire.answers import granted_properties, session_source
from emulators.servicebus.wire.messages import encoded
from emulators.servicebus.wire.serial import difference

if TYPE_CHECKING:
    from emulators.servicebus.wire.connection import Connection
    from emulators.servicebus.wire.session import Session

SETTLED = 1
WAITING_RESPONSES_MAX = 1000
PENDING_BYTES_MAX = 8 << 20
_CREDIT_MAX = 0xFFFFFFFF


def credit_of(flow: Flow, delivery_count: int) -> int:
    """What a flow leaves its link to send; a receiver that doesn't know the delivery count yet counts from here."""
    counted = delivery_count if flow.delivery_count is None else flow.delivery_count
    return min(max(0, difference(counted, delivery_count) + (flow.link_credit or 0)), _CREDIT_MAX)


class MessageLink:
    """Sends the messages of one queue, or of one session of it, to a receiver."""

    def __init__(self, session: "Session", request: Attach, queue: Queue) -> None:
        self.request = request
        self.path = ""
        self.used_at = 0
        self.queue = queue
        self.session_id: str | None = None
        self.credit = 0
        self.deletes = request.snd_settle_mode == SETTLED
        self._delivery_count = 0
        self._withheld = 0
        self._session = session
        self._tokens = session.hub.tokens

    @property
    def waits_for_session(self) -> bool:
        """Whether the link is not attached yet, since no session was free."""
        return self.queue.sessions is not None and self.session_id is None

    @property
    def may_idle(self) -> bool:
        """Whether nobody waits for anything: there is no credit, and no accept of a session is under way."""
        return self.credit <= 0 and not self.waits_for_session

    @property
    def connection(self) -> "Connection":
        """The connection that the link is on."""
        return self._session.connection

    def deliver(self, message: Message) -> None:
        lock_id = message.lock_id
        self.used_at = self._session.hub.now
        self._delivery_count += 1
        delivery_id = self._session.transmit(
            self.request.handle, self._tokens.tag(lock_id), encoded(message), settled=lock_id == 0
        )
        if lock_id:
            self._session.note_unsettled(delivery_id, self, lock_id)

    def return_credit(self) -> None:
        """A message that took credit is not delivered: the receiver may have another."""
        self.credit += 1
        self._ask()

    def on_flow(self, flow: Flow) -> None:
        """Take note of new credit; a drain uses up what the queue can't serve at once."""
        self.used_at = self.queue.dates.used_at = self._session.hub.now
        self._withheld = 0
        self.credit = credit_of(flow, self._delivery_count)
        if self._session.is_stalled and not flow.drain:
            self.stall()
        elif flow.drain:
            self._drain()
        elif self.credit > 0:
            self._ask()
        if flow.echo and not flow.drain:
            self._session.tell_flow(self.request.handle, *self.flow_fields())

    def settle(self, lock_id: int, state: Described | None) -> bytes:
        """Settle one delivery as its receiver wishes; gives the encoded state to answer with."""
        self.used_at = self._session.hub.now
        return outcomes.settle(self.queue, lock_id, state)

    def close(self) -> None:
        """The link is gone: no more messages, and its session is free."""
        self.queue.dates.used_at = self._session.hub.now
        if self.queue.competition is not None:
            self.queue.competition.leave(self)
        if self.queue.sessions is not None:
            self.queue.sessions.leave(self, self.queue)
            self._session.hub.broker.wake(self.queue.name)

    def session_granted(self, session_id: str, locked_until: int) -> None:
        self.session_id = session_id
        source = session_source(self.request, session_id)
        self._session.answer(self.request, source=source, properties=granted_properties(locked_until))

    def session_refused(self) -> None:
        self._session.refuse(self.request, NoSessionAvailable("There was no session available in the given time."))

    def session_lost(self) -> None:
        text = f"The lock on session '{self.session_id}' has expired. Accept the session again."
        self._session.detach(self.request.handle, SessionLockLost(text))

    def flow_fields(self) -> tuple[int, int]:
        """The delivery count and the credit, as a flow tells them."""
        return self._delivery_count, self.credit + self._withheld

    def stall(self) -> None:
        """Hand out nothing for now."""
        if self.credit > 0:
            self.credit, self._withheld = 0, self._withheld + self.credit

    def go_on(self) -> None:
        """Hand out again."""
        if self._withheld:
            self.credit, self._withheld = self.credit + self._withheld, 0
            self._ask()

    def _ask(self) -> None:
        if self.queue.competition is not None:
            self.queue.competition.ask(self)
        elif self.queue.sessions is not None and self.session_id is not None:
            session = self.queue.sessions.find(self.session_id)
            if session is not None and session.holder is self:
                self.queue.sessions.ask(session)
        self._session.hub.broker.wake(self.queue.name)

    def _drain(self) -> None:
        if self.credit > 0 and not self._session.is_stalled:
            self._ask()
            self.queue.pump(self._session.hub.clock.now())
        self._delivery_count += max(0, self.credit + self._withheld)
        self.credit = self._withheld = 0
        self._session.tell_flow(self.request.handle, *self.flow_fields(), drain=True)


class ResponseLink:
    """Sends the responses of a management or token node."""

    def __init__(self, session: "Session", request: Attach, path: str) -> None:
        self.request = request
        self.path = path
        self.used_at = 0
        self.credit = 0
        self._delivery_count = 0
        self._session = session
        self._waiting: deque[bytes] = deque()
        self._warned = False

    def respond(self, payload: bytes) -> None:
        """Send a response, now or once there is credit."""
        connection = self._session.connection
        connection.pending_bytes += len(payload)
        self._waiting.append(payload)
        self._send_waiting()
        if len(self._waiting) > WAITING_RESPONSES_MAX or connection.pending_bytes > PENDING_BYTES_MAX:
            text = f"{len(self._waiting)} responses wait for credit on link '{self.request.name}': grant it some."
            self._session.detach(self.request.handle, QuotaExceeded(text))
        elif self._waiting and not self._warned:
            self._warned = True
            name, granted = self.request.name[:80], self._delivery_count
            self._session.hub.warn(f"A response waits: link '{name}' has used up the {granted} credits it was granted.")

    def on_flow(self, flow: Flow) -> None:
        """Take note of new credit."""
        self.credit = credit_of(flow, self._delivery_count)
        self._send_waiting()

    def stall(self) -> None:
        """Nothing to do: each response asks before it leaves."""

    def go_on(self) -> None:
        """Send what waits."""
        self._send_waiting()

    def close(self) -> None:
        """Forget what waits."""
        self._session.connection.pending_bytes -= sum(map(len, self._waiting))
        self._waiting.clear()

    def _send_waiting(self) -> None:
        while self._waiting and self.credit > 0 and not self._session.is_stalled:
            self.credit -= 1
            self._delivery_count += 1
            tag = self._delivery_count.to_bytes(16, "big")
            payload = self._waiting.popleft()
            self._session.connection.pending_bytes -= len(payload)
            self._session.transmit(self.request.handle, tag, payload, settled=True)
