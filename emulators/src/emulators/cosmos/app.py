"""The endpoint as an ASGI application.

1. All requests that arrive in one turn of the event loop share one commit, and none is answered before it.
2. A store that fails to commit has lost writes that later answers would build on, so everything after that gets 503.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.stats import Stats
from emulators.cosmos.store.database import Database
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger(__name__)


class GroupCommit:
    """One commit for all requests of one turn of the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next: asyncio.Future[None] | None = None

    def done(self) -> asyncio.Future[None]:
        """Return a future that is done when everything written so far is durable."""
        if self._next is None:
            loop = asyncio.get_running_loop()
            self._next = loop.create_future()
            loop.call_soon(self._commit)
        return self._next

    def _commit(self) -> None:
        waiting, self._next = self._next, None
        assert waiting is not None
        try:
            self._database.commit()
        except Exception as error:
            _log.critical("The store can't commit; every further request is refused.", exc_info=error)
            waiting.set_exception(CosmosError(503, f"The store can't commit: {error}. Restart the endpoint."))
        else:
            waiting.set_result(None)


class App:
    """The ASGI callable."""

    def __init__(self, gateway: Gateway, database: Database) -> None:
        self._gateway = gateway
        self._database = database
        self._commit = GroupCommit(database)
        self.stats: Stats = gateway.stats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http", scope["type"]
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        request = Request(scope["method"], scope["path"], dict(scope["headers"]), body)
        own = self._own_response(request)
        response = own or await self._served(request)
        fields = [*response.headers, (b"content-length", b"%d" % len(response.body))]
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        await send({"type": "http.response.body", "body": response.body})

    async def _served(self, request: Request) -> Response:
        response = self._gateway.handle(request)
        if self._database.has_uncommitted:
            try:
                await self._commit.done()
            except CosmosError as error:
                return error.response(request.headers.get(headers.ACTIVITY_ID, b""))
        return response

    def _own_response(self, request: Request) -> Response | None:
        match request.path:
            case "/health/ready":
                return Response(200, [(headers.CONTENT_TYPE, headers.JSON)], b'{"status":"ready"}')
            case "/stats":
                return Response(200, [(headers.CONTENT_TYPE, headers.JSON)], encode(self.stats.as_json()))
        return None
