"""Shows over HTTP the events that came before their instance."""

from __future__ import annotations

from fastapi import Response

from durable.codec import encode_time
from durable.http.answers import json_answer
from orchestrator import operations
from orchestrator.operations import Ports
from orchestrator.parked import ParkedEvent


class Parked:
    """Answers `GET /parked-events`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def list(self, instance_id: str | None = None, continuation: str | None = None) -> Response:
        """Show those for one instance, or a page of all."""
        events, more = await operations.parked_events(self._ports, instance_id, continuation)
        return json_answer({"events": list(map(_view_of, events)), "continuation": more})


def _view_of(parked: ParkedEvent) -> dict[str, object]:
    return {
        "instance_id": parked.instance_id,
        "name": parked.event.name,
        "payload": parked.event.payload,
        "parked_at": encode_time(parked.parked_at),
        "expires_at": encode_time(parked.expires_at),
    }
