"""Starts an instance over HTTP."""

from __future__ import annotations

from fastapi import Request, Response

from durable.http.body import body_of, parse_json
from durable.http.tracing import trace_of_request
from durable.payload import PAYLOAD_BYTES_MAX
from orchestrator.api.links import started_answer
from orchestrator.operations import NewInstance, Ports, start


class Starts:
    """Answers `POST /sagas/{saga}/instances`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def start(self, request: Request) -> Response:
        """Answer one request. The only parameter is the request, since this is the route that is hot."""
        name = request.path_params["saga"]
        self._ports.catalogue.find(name)
        input = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        trace = trace_of_request(request, self._ports.random_bits)
        new = NewInstance(name, input, request.query_params.get("instance_id"), trace)
        return started_answer(request, await start(self._ports, new))
