"""Tells an instance something over HTTP.

The answer is 202 once the broker has confirmed; whether the instance takes it stands in its history.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import Request, Response

from durable.http.answers import json_answer
from durable.http.body import body_of, parse_json
from durable.http.tracing import trace_of_request
from durable.payload import PAYLOAD_BYTES_MAX
from orchestrator import operations
from orchestrator.api.views import told_answer
from orchestrator.heads import Head
from orchestrator.operations import Ports


class Verb(Protocol):
    """An operation that needs no more than a reason."""

    async def __call__(
        self, ports: Ports, instance_id: str, reason: str, /, *, request_id: str | None, trace: dict[str, str]
    ) -> Head:
        """Do it, and give the head by which it was judged."""


class Signals:
    """Answers `POST /instances/{id}/events/{name}` and `POST /instances/{id}/<verb>`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def raise_event(self, request: Request, instance_id: str, name: str, event_id: str | None = None) -> Response:
        """Raise an event whose payload is the body; a repeat with the same `event_id` is taken once."""
        payload = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        trace = self._trace(request)
        raised = await operations.raise_event(self._ports, instance_id, name, payload, event_id=event_id, trace=trace)
        return json_answer({"id": instance_id, "event_id": raised}, 202)

    def plain(self, verb: Verb) -> Callable[..., Awaitable[Response]]:
        """Give the handler of a verb that needs no more than a reason."""

        async def handler(
            request: Request, instance_id: str, reason: str = "", request_id: str | None = None
        ) -> Response:
            trace = self._trace(request)
            return told_answer(await verb(self._ports, instance_id, reason, request_id=request_id, trace=trace))

        return handler

    async def terminate(
        self, request: Request, instance_id: str, reason: str = "", *, recursive: bool = False
    ) -> Response:
        """End the instance at once."""
        trace = self._trace(request)
        judged = await operations.terminate(self._ports, instance_id, reason, recursive=recursive, trace=trace)
        return told_answer(judged)

    async def skip(self, request: Request, instance_id: str, task_id: int, reason: str = "") -> Response:
        """Settle an undo that failed, by hand."""
        trace = self._trace(request)
        return told_answer(await operations.skip(self._ports, instance_id, task_id, reason, trace=trace))

    async def purge(self, request: Request, instance_id: str) -> Response:
        """Have the instance deleted."""
        return told_answer(await operations.purge(self._ports, instance_id, trace=self._trace(request)))

    def _trace(self, request: Request) -> dict[str, str]:
        return trace_of_request(request, self._ports.random_bits)
