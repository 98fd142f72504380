"""Looks at instances: one, or many."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response

from durable.http.answers import json_answer
from durable.ports import HeadQuery
from durable.status import Status
from orchestrator import operations
from orchestrator.api.views import summary_of, view_of, view_with_waits
from orchestrator.operations import Ports

LIMIT_DEFAULT = 50
LIMIT_MAX = 200


class Instances:
    """Answers `GET /instances`, `GET /instance-count` and `GET /instances/{id}`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def get(self, instance_id: str, *, waiting_for: bool = True) -> Response:
        """Show one instance; `Retry-After` as long as it has not ended."""
        if waiting_for:
            standing = await operations.standing(self._ports, instance_id)
            head, view = standing.head, view_with_waits(standing)
        else:
            head = await operations.show(self._ports, instance_id)
            view = view_of(head)
        return json_answer(view, headers={} if head.status.ended else {"Retry-After": "1"})

    async def list(
        self,
        status: Status | None = None,
        saga: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        *,
        limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
        continuation: str | None = None,
    ) -> Response:
        """Show a page of instances without inputs and outputs."""
        query = HeadQuery(
            status=status,
            saga=saga,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
            continuation=continuation,
        )
        heads, more = await operations.list_page(self._ports, query)
        return json_answer({"instances": list(map(summary_of, heads)), "continuation": more})

    async def count(
        self,
        status: Status | None = None,
        saga: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> Response:
        """Tell how many instances there are."""
        query = HeadQuery(status=status, saga=saga, created_after=created_after, created_before=created_before)
        return json_answer({"count": await operations.count(self._ports, query)})
