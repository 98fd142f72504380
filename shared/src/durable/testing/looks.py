"""The client's verbs that change nothing, synchronous."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, Unpack

from durable.client.looks import Which
from durable.client.views import InstanceSummary, InstanceView, ParkedEvent, read_summary, read_view
from durable.errors import InvalidInput, InvalidName
from durable.ports import HeadQuery
from durable.saga import Saga
from durable.testing.backend import Backend
from orchestrator import operations

T = TypeVar("T")

# Within the class, `list` is the method.
_Summaries = list[InstanceSummary]
_Parked = list[ParkedEvent]


class Looks:
    """What can be known of instances."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def get(self, instance_id: str) -> InstanceView:
        """Tell where an instance stands, as `SagaClient.get`: data as JSON."""
        from orchestrator.api.views import view_with_waits

        return read_view(view_with_waits(self._do(operations.standing(self._ports, instance_id))))

    def list(self, **which: Unpack[Which]) -> _Summaries:
        """List instances, newest first."""
        from orchestrator.api.views import summary_of

        found: _Summaries = []
        query, more = _query(which), True
        while more:
            heads, continuation = self._do(operations.list_page(self._ports, query))
            found += [read_summary(summary_of(head)) for head in heads]
            more = continuation is not None
            query = _query(which, continuation)
        return found

    def count(self, **which: Unpack[Which]) -> int:
        """Count instances."""
        return self._do(operations.count(self._ports, _query(which)))

    def parked_events(self, instance_id: str | None = None) -> _Parked:
        """Give the events that came before their instance: of one, in order of arrival, or all."""
        parked, _ = self._do(operations.parked_events(self._ports, instance_id))
        return [
            ParkedEvent(one.instance_id, one.event.name, one.event.payload, one.parked_at, one.expires_at)
            for one in parked
        ]

    @property
    def _ports(self) -> operations.Ports:
        return self._backend.ports

    def _do(self, verb: Coroutine[Any, Any, T]) -> T:
        try:
            return self._backend.run(verb)
        except InvalidInput as refused:
            if isinstance(refused.__cause__, InvalidName):  # The client finds these by itself, before it asks.
                raise refused.__cause__ from None
            raise


def _query(which: Which, continuation: str | None = None) -> HeadQuery:
    saga = which.get("saga")
    return HeadQuery(
        status=which.get("status"),
        saga=saga.name if isinstance(saga, Saga) else saga,
        created_after=which.get("created_after"),
        created_before=which.get("created_before"),
        continuation=continuation,
    )
