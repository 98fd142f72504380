"""Shows which events are taken: a list, a page, a schema for each, and one AsyncAPI document."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.responses import HTMLResponse

from durable.http.answers import json_answer
from durable.http.problem import Problem, ProblemType
from ingestor.catalogue_page import page_of
from ingestor.described import Catalogue, asyncapi_of, description_of, schema_of


class CatalogueRoutes:
    """Answers `/catalogue` and what lies below it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def list(self, request: Request) -> Response:
        """List the event types; as a page if a browser asks."""
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page_of(self._catalogue))
        listed = [
            {"type": type_, "description": description_of(model), "schema": f"/catalogue/{type_}"}
            for type_, model in sorted(self._catalogue.items())
        ]
        return json_answer({"events": listed, "asyncapi": "/catalogue/asyncapi.json"})

    async def asyncapi(self) -> Response:
        """Describe all events as AsyncAPI 3."""
        return json_answer(asyncapi_of(self._catalogue))

    async def schema(self, type: str) -> Response:
        """Give the JSON Schema of the data of a type."""
        model = self._catalogue.get(type)
        if model is None:
            known = ", ".join(sorted(self._catalogue))
            raise Problem(ProblemType.NOT_FOUND, f"expected an event type of {known}; found {type[:200]!r}")
        answer = json_answer(schema_of(model))
        answer.headers["content-type"] = "application/schema+json"
        return answer
