"""The administration side as an application: who may ask, what is asked, how it is answered.

1. A request is worked off between two turns of the hub, and answered once its changes are stored.
2. Bodies are bounded, and so is what an XML document can stand for.
3. Whatever is refused is answered in the service's form; SDKs make their exceptions of the status.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulators.servicebus.admin import entities, namespace, rules, subscriptions
from emulators.servicebus.admin.atom import Place, error_markup
from emulators.servicebus.admin.authorization import check_token
from emulators.servicebus.admin.calls import Answer, Call, Operation
from emulators.servicebus.admin.complaints import Complaint, complaint_of, invalid
from emulators.servicebus.admin.resources import Kind, resource_of
from emulators.servicebus.admin.storing import NotStored, stored
from emulators.servicebus.broker.refusals import Refusal
from emulators.servicebus.wire.hub import Hub

BODY_BYTES_MAX = 256 * 1024

_SUPPLEMENT = "servicebussupplementaryauthorization"
_DEAD_LETTER_SUPPLEMENT = "servicebusdlqsupplementaryauthorization"

_OPERATIONS: Mapping[tuple[Kind, str], Operation] = {
    (Kind.NAMESPACE, "GET"): namespace.get_namespace,
    (Kind.QUEUES, "GET"): entities.list_queues,
    (Kind.TOPICS, "GET"): entities.list_topics,
    (Kind.ENTITY, "GET"): entities.get_entity,
    (Kind.ENTITY, "PUT"): entities.put_entity,
    (Kind.ENTITY, "DELETE"): entities.delete_entity,
    (Kind.SUBSCRIPTIONS, "GET"): subscriptions.list_subscriptions,
    (Kind.SUBSCRIPTION, "GET"): subscriptions.get_subscription,
    (Kind.SUBSCRIPTION, "PUT"): subscriptions.put_subscription,
    (Kind.SUBSCRIPTION, "DELETE"): subscriptions.delete_subscription,
    (Kind.RULES, "GET"): rules.list_rules,
    (Kind.RULE, "GET"): rules.get_rule,
    (Kind.RULE, "PUT"): rules.put_rule,
    (Kind.RULE, "DELETE"): rules.delete_rule,
}


class Administration:
    """Answers the requests to one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it. Every path is taken, for names of entities are no routes."""
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer a request, whatever it is."""
        try:
            check_token(self._hub, request.headers.get("authorization"), _path(request))
            body = await _body(request)
            answer = self._carry_out(request, body)
            await stored(self._hub)
        except Complaint as complaint:
            return _response(Answer(complaint.status, error_markup(complaint.status, _traced(complaint, request))))
        except NotStored:
            return _response(Answer(500, error_markup(500, "The endpoint can't store any more and stops.")))
        return _response(answer)

    def _carry_out(self, request: Request, body: bytes) -> Answer:
        path = _path(request)
        kind, names = resource_of(path)
        operation = _OPERATIONS.get((kind, request.method))
        if operation is None:
            raise Complaint(405, f"{request.method} is not supported for '{path}'.")
        self._hub.turn()
        call = Call(
            self._hub,
            self._hub.clock.now(),
            names,
            Place(request.headers.get("host", "localhost"), request.url.query),
            body,
            request.headers.get("if-match"),
            request.headers.get("if-none-match"),
            (request.headers.get(_SUPPLEMENT), request.headers.get(_DEAD_LETTER_SUPPLEMENT)),
        )
        try:
            return operation(call)
        except Refusal as refusal:
            raise complaint_of(refusal) from refusal


def _path(request: Request) -> str:
    return str(request.scope["path"]).strip("/")


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise invalid(f"The body has more than {BODY_BYTES_MAX} bytes.")
        parts.append(part)
    return b"".join(parts)


def _traced(complaint: Complaint, request: Request) -> str:
    place = f"{request.headers.get('host', '')}:{_path(request)}"
    at = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00")
    return f"{complaint.detail} TrackingId:{uuid.uuid4()}_G0, SystemTracker:{place}, Timestamp:{at}"


def _response(answer: Answer) -> Response:
    part = "feed" if answer.document.startswith("<feed") else "entry"
    kind = "application/xml" if answer.document.startswith("<Error") else f"application/atom+xml;type={part}"
    headers = {"ETag": answer.etag} if answer.etag else {}
    return Response(answer.document, answer.status, headers, f"{kind};charset=utf-8")
