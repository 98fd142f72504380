"""Takes the history of an instance up again over HTTP; 202 as `signals` says."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from durable.http.tracing import trace_of_request
from orchestrator import operations
from orchestrator.api.links import started_answer
from orchestrator.api.views import told_answer
from orchestrator.operations import Ports


class Branches:
    """Answers `POST /instances/{id}/rewind` and `POST /instances/{id}/fork`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def rewind(
        self, request: Request, instance_id: str, to: int, reason: str = "", request_id: str | None = None
    ) -> Response:
        """Have the instance take up its history from before event `to`."""
        trace = self._trace(request)
        judged = await operations.rewind(self._ports, instance_id, to, reason, request_id=request_id, trace=trace)
        return told_answer(judged)

    async def fork(
        self,
        request: Request,
        instance_id: str,
        from_: Annotated[int, Query(alias="from")],
        reason: str = "",
        new_id: str | None = None,
    ) -> Response:
        """Begin another instance with the history before event `from`."""
        trace = self._trace(request)
        other = await operations.fork(self._ports, instance_id, from_, reason, new_id=new_id, trace=trace)
        return started_answer(request, other)

    def _trace(self, request: Request) -> dict[str, str]:
        return trace_of_request(request, self._ports.random_bits)
