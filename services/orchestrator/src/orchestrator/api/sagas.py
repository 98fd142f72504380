"""The sagas that can be started, and whether an input fits one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response
from pydantic import TypeAdapter, ValidationError

from durable.http.answers import json_answer
from durable.http.problem import Problem, ProblemType
from durable.payload import PAYLOAD_BYTES_MAX, reasons_of
from durable.payload_types import payload_type
from durable.saga import Saga


class SagaCatalogue:
    """Knows the newest version of each saga and the type of its input."""

    def __init__(self, sagas: Mapping[str, Saga[Any, Any]]) -> None:
        self._sagas = dict(sagas)
        self._inputs: dict[str, Any] = {
            name: type(None) if saga.input is None else saga.input for name, saga in sagas.items()
        }

    def find(self, name: str) -> Saga[Any, Any]:
        """Give a saga.

        Raises:
            Problem: there is none of this name; says which there are.
        """
        saga = self._sagas.get(name)
        if saga is None:
            known = ", ".join(sorted(self._sagas)) or "none"
            raise Problem(ProblemType.NOT_FOUND, f"there is no saga {name!r}. Known sagas: {known}")
        return saga

    def check_input(self, saga: Saga[Any, Any], input: object) -> int:
        """Give the size of an input as JSON if it fits the saga.

        Raises:
            Problem: it does not; lists every fault.
        """
        encoded = orjson.dumps(input)
        if len(encoded) > PAYLOAD_BYTES_MAX:
            raise Problem(
                ProblemType.TOO_LARGE, f"expected at most {PAYLOAD_BYTES_MAX} bytes as JSON; found {len(encoded)}"
            )
        try:
            payload_type(self._inputs[saga.name]).validator.validate_json(encoded)
        except ValidationError as error:
            detail = f"expected the input of saga {saga.name!r}; found {error.error_count()} faults"
            raise Problem(ProblemType.INVALID, detail, reasons_of(error)) from error
        return len(encoded)

    async def list(self) -> Response:
        """Answer `GET /sagas`."""
        return json_answer({"sagas": [self._describe(saga) for _, saga in sorted(self._sagas.items())]})

    def _describe(self, saga: Saga[Any, Any]) -> dict[str, object]:
        schema = TypeAdapter(self._inputs[saga.name]).json_schema()
        return {"name": saga.name, "version": saga.version, "starts_on": saga.starts_on, "input": schema}
