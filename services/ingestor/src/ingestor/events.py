"""Takes events over HTTP."""

from __future__ import annotations

from fastapi import Request, Response

from durable.cloudevent import CloudEvent
from durable.http.answers import json_answer
from durable.http.body import body_of
from durable.trace import is_traceparent, trace_context
from ingestor.checked import check_events
from ingestor.dependencies import IngestorDependencies
from ingestor.publishing import message_of, publish
from ingestor.received import check_media_type, read_events


class Events:
    """Answers `POST /events`."""

    def __init__(self, dependencies: IngestorDependencies) -> None:
        self._given = dependencies

    async def take(self, request: Request) -> Response:
        """Publish all events of a request, or none; a repeat is harmless."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        check_media_type(headers)
        received = read_events(headers, await body_of(request, self._given.limits.event_bytes))
        check_events(received, self._given.catalogue)
        messages = [message_of(event, self._trace(request, event)) for event in received.events]
        await publish(self._given.broker, messages, self._given.limits.patience)
        return json_answer({"accepted": [identity_of(event) for event in received.events]}, 202)

    def _trace(self, request: Request, event: CloudEvent) -> dict[str, str]:
        """Take the trace of the request, or else the one that the event carries in its extensions."""
        headers = request.headers
        traceparent, tracestate = headers.get("traceparent", ""), ",".join(headers.getlist("tracestate"))
        if not is_traceparent(traceparent):
            carried = (event.extensions.get(name, "") for name in ("traceparent", "tracestate"))
            traceparent, tracestate = map(str, carried)
        return trace_context(traceparent, tracestate, ",".join(headers.getlist("baggage")), self._given.random_bits)


def identity_of(event: CloudEvent) -> dict[str, str]:
    """Give what tells an event from any other, and its type."""
    return {"id": event.id, "source": event.source, "type": event.type}
