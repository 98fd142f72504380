"""The endpoint as an ASGI application: requests for the account, and a few paths of its own."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from emulators.cosmos import limits
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.faults.fate import Ending, Unanswered
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.serving import Serving
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response
from emulators.faults import requests as faults_requests
from emulators.faults.register import Faults
from emulators.page.assets import PREFIX
from emulators.page.local import refusal
from emulators.web import respond

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = [(headers.CONTENT_TYPE, headers.JSON)]
_FAULTS = "/faults/"


class App:
    """The ASGI callable; with `faults` it opens `/faults`, too; `page` is what browsers get."""

    def __init__(
        self, gateway: Gateway, serving: Serving, faults: Faults | None, page: Application | None = None
    ) -> None:
        self._gateway = gateway
        self._serving = serving
        self._faults = faults
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http", scope["type"]
        if self._page is not None and _is_for_page(scope):
            await self._page(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        if len(body) > limits.REQUEST_BYTES_MAX:
            await _refuse_size(send)
            return
        request = Request(scope["method"], scope["path"], dict(scope["headers"]), body)
        try:
            response = self._own_response(request) or await self._serving.answer(request)
        except Unanswered as fate:
            if fate.ending is Ending.DROPPED:
                scope["state"]["abort"]()
            await receive()
            return
        await respond(send, response.status, response.headers, response.body)

    def _own_response(self, request: Request) -> Response | None:
        match request.method, request.path:
            case "GET", "/health/ready":
                return Response(200, _JSON, b'{"status":"ready"}')
            case "GET", "/stats":
                return Response(200, _JSON, encode(self._gateway.stats.as_json()))
            case method, path if self._faults is not None and f"{path}/".startswith(_FAULTS):
                complaint = refusal({name.decode(): value.decode("latin-1") for name, value in request.headers.items()})
                if complaint is not None:
                    return Response(403, _JSON, encode({"error": complaint}))
                name = f"{path}/".removeprefix(_FAULTS).strip("/")
                status, body = faults_requests.answer(self._faults, method, name, request.body)
                return Response(status, _JSON, body)
        return None


async def _body(receive: Receive) -> bytes | None:
    """The body, read until it is too large; None if the client went away before it was whole."""
    parts, size, more = [], 0, True
    while more and size <= limits.REQUEST_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


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
