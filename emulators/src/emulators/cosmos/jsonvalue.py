"""JSON as this endpoint sees it: the types, and the one encoder and decoder."""

from typing import TypeAlias

import orjson

from emulators.cosmos.errors import CosmosError

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, JsonValue]

encode = orjson.dumps


def decode(body: bytes | str) -> JsonValue:
    """Parse JSON that a client sent; what is not JSON is the client's fault (400)."""
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise CosmosError(400, f"The request body is not valid JSON: {error}.") from error
    return value


def decode_object(body: bytes | str) -> JsonObject:
    """Parse a JSON object that a client sent."""
    value = decode(body)
    if not isinstance(value, dict):
        raise CosmosError(400, f"Expected a JSON object as the request body, found {type(value).__name__}.")
    return value


def decode_stored(body: bytes) -> JsonObject:
    """Parse a document that this endpoint wrote itself."""
    document: JsonObject = orjson.loads(body)
    return document
