"""Shows the sagas that can be started."""

from __future__ import annotations

from fastapi import Response

from durable.http.answers import json_answer
from orchestrator.operations import SagaCatalogue


class Sagas:
    """Answers `GET /sagas`."""

    def __init__(self, catalogue: SagaCatalogue) -> None:
        self._catalogue = catalogue

    async def list(self) -> Response:
        """Show each with the JSON schema of its input."""
        shown = [
            {
                "name": saga.name,
                "version": saga.version,
                "starts_on": saga.starts_on,
                "input": self._catalogue.input_schema(saga),
            }
            for _, saga in sorted(self._catalogue.sagas.items())
        ]
        return json_answer({"sagas": shown})
