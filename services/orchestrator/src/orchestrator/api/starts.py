"""Starts an instance over HTTP.

The body is the input. What else is given and does not fit into a query, an event and tags, comes with the input in an
envelope, which has a media type of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from durable.errors import InvalidInput
from durable.http.body import body_of, parse_json
from durable.http.tracing import trace_of_request
from durable.payload import PAYLOAD_BYTES_MAX
from orchestrator.api.links import started_answer
from orchestrator.operations import NewInstance, Ports, begin, restart

ENVELOPE = "application/vnd.durable.start+json"
ENVELOPE_BYTES_BESIDE = 64 * 1024
PARAMETERS = ("instance_id", "if_exists", "request_id", "delay", "timeout")
_SECONDS_MAX = 1e10


class Starts:
    """Answers `POST /sagas/{saga}/instances` and `POST /instances/{id}/restart`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def start(self, request: Request) -> Response:
        """Answer one request. The only parameter is the request, since this is the route that is hot."""
        name = request.path_params["saga"]
        self._ports.catalogue.find(name)
        given = await _body(request)
        trace = trace_of_request(request, self._ports.random_bits)
        started = await begin(self._ports, NewInstance(name, trace=trace, **given, **_asked(request.query_params)))
        return started_answer(request, started.instance_id, started.replaces)

    async def restart(self, request: Request, instance_id: str, new_id: str | None = None) -> Response:
        """Start an instance that has ended again."""
        trace = trace_of_request(request, self._ports.random_bits)
        started = await restart(self._ports, instance_id, new_id, trace=trace)
        return started_answer(request, started.instance_id, started.replaces)


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != ENVELOPE:
        return {"input": parse_json(await body_of(request, PAYLOAD_BYTES_MAX))}
    envelope = parse_json(await body_of(request, PAYLOAD_BYTES_MAX + ENVELOPE_BYTES_BESIDE))
    if not isinstance(envelope, dict):
        raise _faulty("(whole)", "an object", envelope)
    unknown = sorted(envelope.keys() - {"input", "event", "tags"})
    if unknown:
        raise _faulty(unknown[0], "`input`, `event` and `tags`", unknown[0])
    tags = envelope.get("tags")
    if not (tags is None or isinstance(tags, dict)):
        raise _faulty("tags", "an object", tags)
    return {"input": envelope.get("input"), "tags": tags, "event": _event(envelope.get("event"))}


def _event(data: object) -> tuple[str, object] | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("name"), str) or data.keys() - {"name", "payload"}:
        raise _faulty("event", "an object with `name` as text and `payload`", data)
    return data["name"], data.get("payload")


def _asked(query: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {name: query[name] for name in PARAMETERS if name in query}
    return asked | {name: _span(name, asked[name]) for name in ("delay", "timeout") if name in asked}


def _span(name: str, text: str) -> timedelta:
    try:
        seconds = float(text)
    except ValueError as error:
        raise _faulty(name, "seconds", text) from error
    if not 0 <= seconds <= _SECONDS_MAX:
        raise _faulty(name, f"0 to {_SECONDS_MAX:.0f} seconds", text)
    return timedelta(seconds=seconds)


def _faulty(where: str, expected: str, found: object) -> InvalidInput:
    fault = f"expected {expected}; found {found!r:.160}"
    return InvalidInput(fault, [(where, fault)])
