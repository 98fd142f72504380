"""Requests and responses: the management node of an entity, and the token node.

1. A response goes out on the response link of the same session and node. It carries the request's message id, as it
   was encoded, as its correlation id.
2. The two nodes spell their status properties differently.
"""

import logging
from typing import TYPE_CHECKING, NamedTuple

from emulators.servicebus.amqp.decode import DecodeError, decode
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.performatives import shortened
from emulators.servicebus.amqp.sections import (
    AMQP_VALUE,
    APPLICATION_PROPERTIES,
    PROPERTIES,
    identity,
    section,
    spans,
)
from emulators.servicebus.amqp.values import Encoded, Int, Symbol
from emulators.servicebus.broker.broker import Entity
from emulators.servicebus.broker.refusals import InvalidArgument, Refusal, Unauthorized
from emulators.servicebus.wire.answers import MANAGEMENT_SUFFIX, path_of
from emulators.servicebus.wire.conditions import condition_of, status_of
from emulators.servicebus.wire.operations import OPERATIONS, Call, Reply
from emulators.servicebus.wire.outgoing import ResponseLink

if TYPE_CHECKING:
    from emulators.servicebus.wire.session import Session

_LOGGER = logging.getLogger(__name__)
_CORRELATION_FIELD = 5


class Node(NamedTuple):
    """A node that answers requests, as one session sees it."""

    session: "Session"
    path: str

    def respond(self, request: "Incoming", status: dict[str, object], body: object) -> None:
        """Send a response, if the client has attached a link for it."""
        properties = [None] * _CORRELATION_FIELD + [Encoded(request.message_id or encode(None))]
        payload = section(PROPERTIES, properties) + section(APPLICATION_PROPERTIES, status) + section(AMQP_VALUE, body)
        for link in self.session.links.values():
            if isinstance(link, ResponseLink) and link.path.lower() == self.path.lower():
                link.respond(payload)
                return


class Incoming(NamedTuple):
    """A request: its message id as it was encoded, its application properties and its body."""

    message_id: bytes
    properties: dict[object, object]
    body: object


def answer_management(node: Node, entity: Entity, payload: bytes) -> None:
    """Carry out an operation on an entity and respond."""
    request = read_request(payload)
    entity.dates.used_at = node.session.hub.now
    try:
        reply = _carry_out(node, entity, request)
        node.respond(request, {"statusCode": Int(reply.status), "statusDescription": "OK"}, reply.body)
    except Refusal as refusal:
        refuse_request(node, request, refusal)


def refuse_request(node: Node, request: "Incoming", refusal: Refusal) -> None:
    """Respond with a refusal."""
    status = {
        "statusCode": Int(status_of(refusal)),
        "statusDescription": shortened(str(refusal)),
        "errorCondition": Symbol(condition_of(refusal)),
    }
    node.respond(request, status, None)


def answer_token(node: Node, payload: bytes) -> None:
    """Check a token and respond; a good one opens the address that it names, on this connection."""
    request = read_request(payload)
    try:
        _put_token(node, request)
        status: dict[str, object] = {"status-code": Int(202), "status-description": "Accepted"}
    except Unauthorized as refusal:
        status = _refused_token(401, refusal, "com.microsoft:auth-failed")
    except Refusal as refusal:
        status = _refused_token(status_of(refusal), refusal, condition_of(refusal))
    if "error-condition" in status:
        # Some clients keep what they are told to themselves.
        _LOGGER.warning("Token for %r: %s", request.properties.get("name"), status["status-description"])
    node.respond(request, status, None)


def _put_token(node: Node, request: Incoming) -> None:
    """Take a token note of; an address that doesn't exist is refused here already, as the service does it."""
    audience = request.properties.get("name")
    if request.properties.get("operation") != "put-token" or not isinstance(audience, str):
        raise InvalidArgument("The token node knows operation 'put-token', with the address to open as its 'name'.")
    hub, path = node.session.hub, path_of(audience)
    until = hub.gatekeeper.check(str(request.body), audience)
    entity = path[: -len(MANAGEMENT_SUFFIX)] if path.lower().endswith(MANAGEMENT_SUFFIX) else path
    if entity and not entity.startswith("$"):
        hub.broker.find(entity)
    node.session.connection.claims.put(path, until)


def _refused_token(code: int, refusal: Refusal, condition: str) -> dict[str, object]:
    return {
        "status-code": Int(code),
        "status-description": shortened(str(refusal)),
        "error-condition": Symbol(condition),
    }


def _carry_out(node: Node, entity: Entity, request: Incoming) -> Reply:
    name = str(request.properties.get("operation"))
    operation = OPERATIONS.get(name)
    if operation is None or not isinstance(request.body, dict):
        raise InvalidArgument(f"Operation '{name}' with a body of type {type(request.body).__name__} is not supported.")
    link_name = request.properties.get("associated-link-name")
    receiver = node.session.connection.receiver(link_name) if isinstance(link_name, str) else None
    if receiver is not None:
        receiver.used_at = node.session.hub.now
    hub = node.session.hub
    call = Call(entity, request.body, hub.clock.now(), hub.tokens, receiver, hub.limits_of(entity.settings))
    return operation(call)


def read_request(payload: bytes) -> Incoming:
    """Decode a request; raises `InvalidArgument`."""
    message_id = b""
    parts: dict[int, object] = {}
    try:
        for span in spans(payload):
            if span.code == PROPERTIES:
                message_id, _ = identity(payload, span.value)
            elif span.code in {APPLICATION_PROPERTIES, AMQP_VALUE}:
                parts[span.code], _ = decode(payload, span.value)
    except DecodeError as cause:
        raise InvalidArgument(f"The request can't be decoded: {cause}") from cause
    properties = parts.get(APPLICATION_PROPERTIES)
    return Incoming(message_id, properties if isinstance(properties, dict) else {}, parts.get(AMQP_VALUE))
