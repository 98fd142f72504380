"""Completes attempts from outside over HTTP: whoever was given the token of one may say what became of it."""

from __future__ import annotations

from fastapi import Request, Response

from durable.errors import InvalidInput
from durable.http.answers import json_answer
from durable.http.body import body_of, parse_json
from durable.http.tracing import trace_of_request
from durable.payload import PAYLOAD_BYTES_MAX
from durable.tokens import CompletionToken
from orchestrator import operations
from orchestrator.operations import Ports

_FIELDS: dict[str, tuple[type, ...]] = {"type": (str,), "message": (str,), "retryable": (bool,), "details": (object,)}
_REQUIRED = ("type", "message")


class Completions:
    """Answers `POST /completions/{token}` and what stands under it."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def complete(self, request: Request, token: str) -> Response:
        """Complete the attempt with the body as its result."""
        result = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        return _answer(await operations.complete(self._ports, token, result, trace=self._trace(request)))

    async def fail(self, request: Request, token: str) -> Response:
        """Have the attempt fail as the body says."""
        said = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        if not isinstance(said, dict):
            raise _faulty([("(whole)", f"expected an object; found {said!r:.160}")])
        _check(said)
        return _answer(await operations.fail(self._ports, token, **said, trace=self._trace(request)))

    async def heartbeat(self, request: Request, token: str) -> Response:
        """Say that the attempt is alive, with the body as its detail."""
        detail = parse_json(await body_of(request, PAYLOAD_BYTES_MAX))
        return _answer(await operations.heartbeat(self._ports, token, detail, trace=self._trace(request)))

    def _trace(self, request: Request) -> dict[str, str]:
        return trace_of_request(request, self._ports.random_bits)


def _check(said: dict[str, object]) -> None:
    faults = [(name, "expected to be given; found none") for name in _REQUIRED if name not in said]
    for name, value in said.items():
        if name not in _FIELDS:
            faults.append((name, f"expected one of {', '.join(_FIELDS)}; found {name[:80]!r}"))
        elif not isinstance(value, _FIELDS[name]):
            faults.append((name, f"expected {_FIELDS[name][0].__name__}; found {value!r:.160}"))
    if faults:
        raise _faulty(faults)


def _faulty(faults: list[tuple[str, str]]) -> InvalidInput:
    return InvalidInput("expected a failure: `type`, `message` and, if need be, `details` and `retryable`", faults)


def _answer(attempt: CompletionToken) -> Response:
    return json_answer({"id": attempt.instance_id, "task_id": attempt.task_id, "attempt": attempt.attempt}, 202)
