"""Serving requests: each waits for its commit, and for whatever fault is to hit it.

1. All requests that arrive in one turn of the event loop share one commit, and none is answered before it.
2. A store that fails to commit has lost writes that later answers would build on, so everything after that gets 503.
3. Faults are asked only while some are set.
"""

import asyncio
import logging
import time

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.faults.fate import Ending, Fate, Unanswered
from emulators.cosmos.faults.tampering import Tampering
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

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


class Serving:
    """Answers requests, whichever way they come."""

    def __init__(self, gateway: Gateway, tampering: Tampering) -> None:
        self._gateway = gateway
        self._tampering = tampering
        self._commit = GroupCommit(gateway)

    async def answer(self, request: Request) -> Response:
        """Serve a request; raises `Unanswered` if a fault keeps the answer back."""
        if self._tampering.is_on:
            return await self._tampered(request)
        return await self._served(request)

    def answer_blocking(self, request: Request) -> Response:
        """The same without an event loop: the caller's thread waits, and the commit is its own."""
        if not self._tampering.is_on:
            return self._handled(request)
        fate = self._tampering.fate(request)
        time.sleep(fate.before.total_seconds())
        response = fate.refusal
        if fate.is_applied:
            response = self._handled(request)
            self._tampering.note(request, response)
        time.sleep(fate.after.total_seconds())
        return _ended(fate, response)

    def _handled(self, request: Request) -> Response:
        response = self._gateway.handle(request)
        self._gateway.commit()
        return response

    async def _served(self, request: Request) -> Response:
        response = self._gateway.handle(request)
        try:
            await self._commit.done()
        except CosmosError as error:
            return error.response(request.headers.get(headers.ACTIVITY_ID, b""))
        return response

    async def _tampered(self, request: Request) -> Response:
        fate = self._tampering.fate(request)
        if fate.before:
            await asyncio.sleep(fate.before.total_seconds())
        response = fate.refusal
        if fate.is_applied:
            response = await self._served(request)
            self._tampering.note(request, response)
        if fate.after:
            await asyncio.sleep(fate.after.total_seconds())
        return _ended(fate, response)


def _ended(fate: Fate, response: Response | None) -> Response:
    if response is None or fate.ending is not Ending.ANSWERED:
        raise Unanswered(fate.ending)
    return response
