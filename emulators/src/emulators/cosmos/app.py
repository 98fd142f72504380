"""The endpoint as an ASGI application.

1. All requests that arrive in one turn of the event loop share one commit, and none is answered before it.
2. A store that fails to commit has lost writes that later answers would build on, so everything after that gets 503.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from emulators.cosmos import limits
from emulators.cosmos.control import Control, Fault, FaultKind
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.jsonvalue import decode_object, encode
from emulators.cosmos.routes import target_of
from emulators.cosmos.stats import ITEMS, kind_of
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response
from emulators.page.assets import PREFIX

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = [(headers.CONTENT_TYPE, headers.JSON)]
_log = logging.getLogger(__name__)


class GroupCommit:
    """One commit for all requests of one turn of the event loop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._next: asyncio.Future[None] | None = None
        self._failure: CosmosError | None = None

    async def done(self) -> None:
        """Return when everything written so far is durable; raise 503 once a commit has failed."""
        if self._next is None and self._gateway.has_uncommitted:
            loop = asyncio.get_running_loop()
            self._next = loop.create_future()
            loop.call_soon(self._commit, self._next)
        if self._next is not None:
            await self._next
        if self._failure is not None:
            raise self._failure

    def _commit(self, waiting: asyncio.Future[None]) -> None:
        self._next = None
        try:
            self._gateway.commit()
        except Exception as error:
            _log.critical("The store can't commit; every further request is refused.", exc_info=error)
            self._failure = CosmosError(503, f"The store can't commit: {error}. Restart the endpoint.")
        waiting.set_result(None)


class App:
    """The ASGI callable; `controllable` opens the control route, `page` is what browsers get."""

    def __init__(
        self, gateway: Gateway, control: Control, *, controllable: bool, page: Application | None = None
    ) -> None:
        self._gateway = gateway
        self._control = control
        self._controllable = controllable
        self._page = page
        self._commit = GroupCommit(gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http", scope["type"]
        if self._page is not None and _is_for_page(scope):
            await self._page(scope, receive, send)
            return
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body") and len(body) <= limits.REQUEST_BYTES_MAX:
            message = await receive()
            body += message.get("body", b"")
        if len(body) > limits.REQUEST_BYTES_MAX:
            await _refuse_size(send)
            return
        request = Request(scope["method"], scope["path"], dict(scope["headers"]), body)
        fault = self._control.take(_item_kind(request)) if self._control.pending else None
        if fault is None:
            response = self._own_response(request) or await self._served(request)
        else:
            response = await self._faulty(fault, request)
            if fault.kind is FaultKind.LOSE_ANSWER:
                scope["state"]["abort"]()
                await receive()
                return
        fields = [*response.headers, (b"content-length", b"%d" % len(response.body))]
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        await send({"type": "http.response.body", "body": response.body})

    async def _served(self, request: Request) -> Response:
        response = self._gateway.handle(request)
        try:
            await self._commit.done()
        except CosmosError as error:
            return error.response(request.headers.get(headers.ACTIVITY_ID, b""))
        return response

    async def _faulty(self, fault: Fault, request: Request) -> Response:
        if fault.kind in {FaultKind.STATUS, FaultKind.BATCH_STATUS}:
            response = fault.refusal(request)
            self._gateway.stats.count(request, target_of(request.path), response)
            return response
        if fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.delay.total_seconds())
        return await self._served(request)

    def _own_response(self, request: Request) -> Response | None:
        match request.method, request.path:
            case "GET", "/health/ready":
                return Response(200, _JSON, b'{"status":"ready"}')
            case "GET", "/stats":
                return Response(200, _JSON, encode(self._gateway.stats.as_json()))
            case "POST", "/_control" if self._controllable:
                return self._injected(request)
            case "DELETE", "/_control" if self._controllable:
                self._control.clear()
                return Response(204, [], b"")
        return None

    def _injected(self, request: Request) -> Response:
        try:
            self._control.inject(Fault.of(decode_object(request.body)))
        except CosmosError as error:
            return error.response(b"")
        return Response(202, _JSON, encode({"pending": self._control.pending}))


async def _refuse_size(send: Send) -> None:
    error = CosmosError(413, f"Request size is too large: at most {limits.REQUEST_BYTES_MAX} bytes are read.")
    response = error.response(b"")
    fields = [*response.headers, (b"connection", b"close"), (b"content-length", b"%d" % len(response.body))]
    await send({"type": "http.response.start", "status": response.status, "headers": fields})
    await send({"type": "http.response.body", "body": response.body})


def _is_for_page(scope: Scope) -> bool:
    """The root is the account to an SDK, and the page to a browser: that asks for HTML, and signs nothing."""
    path = scope["path"]
    if path != "/":
        return bool(path.startswith(f"{PREFIX}/"))
    fields = dict(scope["headers"])
    signed = headers.AUTHORIZATION in fields
    return scope["method"] == "GET" and not signed and b"text/html" in fields.get(b"accept", b"")


def _item_kind(request: Request) -> str:
    target = target_of(request.path)
    return kind_of(request, target) if target.pattern == ITEMS else ""
