"""What a link is for: the address and the direction of an attach decide, a table says how.

A link to an entity needs a connection that has put a token for it. The token node does not, of course.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from emulators.servicebus.amqp.performatives import Attach
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import EntityDisabled, NotAllowed
from emulators.servicebus.broker.settings import ACCEPT_TIMEOUT
from emulators.servicebus.broker.topic import Topic
from emulators.servicebus.wire.answers import (
    MANAGEMENT_SUFFIX,
    TOKEN_NODE,
    accept_timeout,
    address_of,
    path_of,
    session_wanted,
)
from emulators.servicebus.wire.eviction import claim_required
from emulators.servicebus.wire.incoming import IncomingLink
from emulators.servicebus.wire.limits import KB
from emulators.servicebus.wire.messages import contents
from emulators.servicebus.wire.outgoing import MessageLink, ResponseLink
from emulators.servicebus.wire.requests import Node, answer_management, answer_token
from emulators.servicebus.wire.transactions import check_attach

if TYPE_CHECKING:
    from emulators.servicebus.wire.session import Session

_REQUEST_BYTES_MAX = 1024 * KB
_ENVELOPE_BYTES = 64 * KB

Opened = MessageLink | ResponseLink | IncomingLink
Opener = Callable[["Session", Attach, str], Opened]


def open_link(session: "Session", request: Attach) -> Opened:
    """The link that an attach asks for, answered already if the endpoint sends on it; raises `Refusal`."""
    check_attach(request)
    path = path_of(address_of(request.source if request.role else request.target))
    kind = kind_of(path)
    if kind != "token" and not session.connection.may_use(path):
        raise claim_required(session.connection, request, path)
    link = _OPENERS[kind, bool(request.role)](session, request, path)
    link.path, link.used_at = path, session.hub.clock.now()
    return link


def kind_of(path: str) -> str:
    """What a link to a path is for: "token", "management" or "entity"."""
    if path.lower() == TOKEN_NODE:
        return "token"
    return "management" if path.lower().endswith(MANAGEMENT_SUFFIX) else "entity"


def _token_requests(session: "Session", request: Attach, path: str) -> IncomingLink:
    def sink(payload: bytes, _: int) -> None:
        answer_token(Node(session, path), payload)

    return IncomingLink(session, request, sink, _REQUEST_BYTES_MAX)


def _management_requests(session: "Session", request: Attach, path: str) -> IncomingLink:
    entity = session.hub.broker.find(path[: -len(MANAGEMENT_SUFFIX)])

    def sink(payload: bytes, _: int) -> None:
        answer_management(Node(session, path), entity, payload)

    largest = session.hub.limits_of(entity.settings).message_bytes + _ENVELOPE_BYTES
    return IncomingLink(session, request, sink, max(_REQUEST_BYTES_MAX, largest))


def _responses(session: "Session", request: Attach, path: str) -> ResponseLink:
    if path.lower() != TOKEN_NODE:
        session.hub.broker.find(path[: -len(MANAGEMENT_SUFFIX)])
    link = ResponseLink(session, request, path)
    session.answer(request)
    return link


def _messages_in(session: "Session", request: Attach, path: str) -> IncomingLink:
    entity = session.hub.broker.find(path)
    if isinstance(entity, Queue) and (entity.dead_letters is None or entity.is_subscription):
        raise NotAllowed(f"Messages can't be sent to '{entity.name}': send to its queue or topic.")
    if entity.settings.status.refuses_sends:
        raise EntityDisabled(f"Messaging entity '{entity.name}' is currently disabled for Send operations.")
    hub = session.hub

    def sink(payload: bytes, message_format: int) -> None:
        batch = contents(payload, message_format)
        for content in batch:
            entity.check_acceptable(content)
        now = entity.dates.used_at = hub.clock.now()
        send = entity.intake.send
        for content in batch:
            send(content, now)

    limits = hub.limits_of(entity.settings)
    return IncomingLink(session, request, sink, limits.message_bytes, limits.batch_bytes)


def _messages_out(session: "Session", request: Attach, path: str) -> MessageLink:
    queue = session.hub.broker.find(path)
    if isinstance(queue, Topic):
        raise NotAllowed(
            f"Messages can't be received from topic '{queue.name}': receive from one of its subscriptions."
        )
    if queue.settings.status.refuses_receives:
        raise EntityDisabled(f"Messaging entity '{queue.name}' is currently disabled for Receive operations.")
    if queue.settings.forward_to:
        raise NotAllowed(
            f"Cannot create a message receiver on '{queue.name}', an entity with auto-forwarding enabled: receive from "
            f"'{queue.settings.forward_to}'."
        )
    wants_session, session_id = session_wanted(request)
    if wants_session and queue.sessions is None:
        raise NotAllowed(
            f"A sessionful message receiver cannot be created on '{queue.name}', which does not require sessions."
        )
    if queue.sessions is not None and not wants_session:
        raise NotAllowed(
            f"It is not possible for '{queue.name}', an entity that requires sessions, "
            "to create a non-sessionful message receiver."
        )
    link = MessageLink(session, request, queue)
    if queue.sessions is None:
        session.answer(request)
        return link
    now = session.hub.clock.now()
    if session_id is None:
        queue.sessions.accept_next(link, now + (accept_timeout(request) or ACCEPT_TIMEOUT))
        session.hub.broker.wake(queue.name)
    else:
        held = queue.sessions.accept(session_id, link, now)
        link.session_granted(session_id, held.locked_until)
    return link


_OPENERS: dict[tuple[str, bool], Opener] = {
    ("token", False): _token_requests,
    ("token", True): _responses,
    ("management", False): _management_requests,
    ("management", True): _responses,
    ("entity", False): _messages_in,
    ("entity", True): _messages_out,
}
