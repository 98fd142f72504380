"""Shows over HTTP the events that came before their instance."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from durable.codec import encode_time
from durable.http.answers import json_answer
from durable.sealed import put_payload
from durable.vault import shown_event
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
        return json_answer({"events": [self._view_of(one) for one in events], "continuation": more})

    def _view_of(self, parked: ParkedEvent) -> dict[str, Any]:
        view: dict[str, Any] = {
            "instance_id": parked.instance_id,
            "name": parked.event.name,
            "payload": None,
            "parked_at": encode_time(parked.parked_at),
            "expires_at": encode_time(parked.expires_at),
        }
        put_payload(view, "payload", shown_event(self._ports.vault, parked.event).payload)
        return view
