"""Looks at instances: one, or a list of many."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from durable.http.answers import json_answer
from durable.http.problem import Problem, ProblemType
from durable.ports import HeadQuery
from durable.status import Status
from orchestrator.api.views import summary_of, view_of
from orchestrator.heads import decode_head
from orchestrator.operations import Ports, get

LIMIT_DEFAULT = 50
LIMIT_MAX = 200


class Instances:
    """Answers `GET /instances` and `GET /instances/{id}`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def get(self, instance_id: str) -> Response:
        """Show one instance; `Retry-After` as long as it has not ended."""
        head = await get(self._ports, instance_id)
        return json_answer(view_of(head), headers={} if head.status.ended else {"Retry-After": "1"})

    async def list(
        self,
        status: Status | None = None,
        saga: str | None = None,
        limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
        continuation: str | None = None,
    ) -> Response:
        """Show a page of instances without inputs and outputs."""
        query = HeadQuery(status=status, saga=saga, limit=limit, continuation=continuation)
        try:
            page = await self._ports.store.heads(query)
        except ValueError as error:
            raise Problem(ProblemType.INVALID, str(error), [("continuation", str(error))]) from error
        shown = [summary_of(decode_head(stored.record)) for stored in page.heads]
        return json_answer({"instances": shown, "continuation": page.continuation})
