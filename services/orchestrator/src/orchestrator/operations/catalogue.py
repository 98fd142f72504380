"""The sagas that can be started, and whether an input fits one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from durable.errors import InvalidInput, NotFound, PayloadTooLarge
from durable.payload import PAYLOAD_BYTES_MAX, reasons_of
from durable.payload_types import payload_type
from durable.saga import Saga


class SagaCatalogue:
    """Knows the newest version of each saga and the type of its input."""

    def __init__(self, sagas: Mapping[str, Saga[Any, Any]]) -> None:
        self.sagas = dict(sagas)
        self._inputs: dict[str, Any] = {
            name: type(None) if saga.input is None else saga.input for name, saga in sagas.items()
        }

    def find(self, name: str) -> Saga[Any, Any]:
        """Give a saga.

        Raises:
            NotFound: there is none of this name; says which there are.
        """
        saga = self.sagas.get(name)
        if saga is None:
            known = ", ".join(sorted(self.sagas)) or "none"
            raise NotFound(f"there is no saga {name!r}. Known sagas: {known}")
        return saga

    def check_input(self, saga: Saga[Any, Any], input: object) -> int:
        """Give the size of an input as JSON if it fits the saga.

        Raises:
            PayloadTooLarge: it is larger than a payload may be.
            InvalidInput: it does not fit; lists every fault.
        """
        encoded = orjson.dumps(input)
        if len(encoded) > PAYLOAD_BYTES_MAX:
            raise PayloadTooLarge(f"expected at most {PAYLOAD_BYTES_MAX} bytes as JSON; found {len(encoded)}")
        try:
            payload_type(self._inputs[saga.name]).validator.validate_json(encoded)
        except ValidationError as error:
            detail = f"expected the input of saga {saga.name!r}; found {error.error_count()} faults"
            raise InvalidInput(detail, reasons_of(error)) from error
        return len(encoded)

    def input_schema(self, saga: Saga[Any, Any]) -> dict[str, Any]:
        """Give the JSON schema of the input of a saga."""
        return TypeAdapter(self._inputs[saga.name]).json_schema()
