"""The catalogue as documents: JSON Schema of each event type's data, and one AsyncAPI 3 document of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from durable.cloudevent import CONTENT_TYPE
from durable.messages import EVENTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Catalogue = Mapping[str, type[BaseModel]]


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Give the JSON Schema of an event's data."""
    return {"$schema": DIALECT, **model.model_json_schema()}


def description_of(model: type[BaseModel]) -> str:
    """Give what a contract says of itself, as one line."""
    return " ".join((model.__doc__ or "").split())


def asyncapi_of(catalogue: Catalogue) -> dict[str, Any]:
    """Describe topic `events` with a message for each type, as AsyncAPI 3.0."""
    inputs = [(model, "validation") for model in dict.fromkeys(catalogue.values())]
    refs, definitions = models_json_schema(inputs, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # A literal in a list is text to mypy.
    data = {type_: refs[model, "validation"] for type_, model in catalogue.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "DurableOrchestrator events",
            "version": "1.0.0",
            "description": "The CloudEvents that the application takes, over HTTP (`POST /events`) and on its topic.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            EVENTS: {
                "address": EVENTS,
                "description": "Topic of the broker that the ingestor publishes to, and sagas start on.",
                "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in catalogue},
            }
        },
        "operations": {
            "takeEvents": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{EVENTS}"},
                "messages": [{"$ref": f"#/channels/{EVENTS}/messages/{type_}"} for type_ in catalogue],
            }
        },
        "components": {
            "messages": {type_: _message(type_, model, data[type_]) for type_, model in catalogue.items()},
            "schemas": _without_discriminators(definitions.get("$defs", {})),
        },
    }


def _without_discriminators(schema: Any) -> Any:
    """Leave out what OpenAPI alone has: a discriminator as an object; what it tells apart, the schemas do too."""
    if isinstance(schema, list):
        return [_without_discriminators(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_discriminators(inner)
        for name, inner in schema.items()
        if name != "discriminator" or not isinstance(inner, dict) or "propertyName" not in inner
    }


def _message(type_: str, model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    return {
        "name": type_,
        "title": type_,
        "summary": description_of(model),
        "contentType": CONTENT_TYPE,
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": text,
                "source": {**text, "format": "uri-reference"},
                "type": {"const": type_},
                "subject": text,
                "time": {"type": "string", "format": "date-time"},
                "data": data,
            },
        },
    }
