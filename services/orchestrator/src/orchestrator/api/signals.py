"""Sends something to a running instance: an event, or its end.

1. The answer is 202 once the broker has confirmed; whether the instance takes it stands in its history.
2. What carries an id of the caller's is taken once, however often it is sent.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from durable.errors import MessageTooLarge
from durable.events import EventReceived, HistoryEvent, SagaTerminated
from durable.http.answers import json_answer
from durable.http.body import body_of, parse_json
from durable.http.problem import Problem, ProblemType
from durable.http.tracing import trace_of_request
from durable.ids import message_id
from durable.messages import INSTANCES, InstanceMessage
from durable.payload import PAYLOAD_BYTES_MAX
from orchestrator.api.dependencies import ApiDependencies
from orchestrator.api.lookup import HeadLookup
from orchestrator.heads import Head

NAME_CHARACTERS_MAX = 128
ID_CHARACTERS_MAX = 256
REASON_CHARACTERS_MAX = 1000


class Signals:
    """Answers `POST /instances/{id}/events/{name}` and `POST /instances/{id}/terminate`."""

    def __init__(self, dependencies: ApiDependencies, lookup: HeadLookup) -> None:
        self._given = dependencies
        self._lookup = lookup

    async def raise_event(
        self,
        request: Request,
        instance_id: str,
        name: str,
        event_id: Annotated[str | None, Query(min_length=1, max_length=ID_CHARACTERS_MAX)] = None,
    ) -> Response:
        """Send an event whose payload is the body; a repeat with the same `event_id` is taken once."""
        payload = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        event = EventReceived(name=_legal_event_name(name), payload=payload)
        head = await self._lookup.open_head(instance_id)
        subject = event_id if event_id is not None else self._given.nonce()
        logical_id = message_id(instance_id, "", "EventReceived", subject)
        await self._send(request, head, event, logical_id, logical_id)
        return json_answer({"id": instance_id, "event_id": subject}, 202)

    async def terminate(
        self, request: Request, instance_id: str, reason: Annotated[str, Query(max_length=REASON_CHARACTERS_MAX)] = ""
    ) -> Response:
        """Send the end; a repeat is a message of its own, since nobody knows what became of the first."""
        head = await self._lookup.open_head(instance_id)
        logical_id = message_id(instance_id, head.run, "SagaTerminated", 0)
        await self._send(request, head, SagaTerminated(reason=reason), logical_id, self._given.nonce())
        return json_answer({"id": instance_id}, 202)

    async def _send(self, request: Request, head: Head, event: HistoryEvent, logical_id: str, broker_id: str) -> None:
        trace = trace_of_request(request, self._given.random_bits)
        message = InstanceMessage(logical_id, head.instance_id, event, trace=trace)
        try:
            await self._given.broker.send(INSTANCES, [message.to_message(head.partition, broker_id=broker_id)])
        except MessageTooLarge as error:
            raise Problem(ProblemType.TOO_LARGE, str(error)) from error


def _legal_event_name(name: str) -> str:
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        fault = f"expected an event name of 1 to {NAME_CHARACTERS_MAX} printable characters; found {name[:160]!r}"
        raise Problem(ProblemType.INVALID, fault, [("name", fault)])
    return name
