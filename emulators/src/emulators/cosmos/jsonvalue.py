"""JSON as this endpoint sees it: the types, and the one encoder and decoder."""

from typing import TypeAlias

import orjson

from emulators.cosmos.errors import CosmosError

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, JsonValue]

encode = orjson.dumps
# What `encode` can write: deeper values can be read, but never told again.
_LEVELS_MAX = 250


def decode(body: bytes | str) -> JsonValue:
    """Parse JSON that a client sent; what is not JSON, or nested too deeply, is the client's fault (400)."""
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise CosmosError(400, f"The request body is not valid JSON: {error}.") from error
    brackets = (b"{", b"[") if isinstance(body, bytes) else ("{", "[")
    if sum(map(body.count, brackets)) > _LEVELS_MAX and _is_deep(value):  # type: ignore[arg-type]  # Of one kind.
        raise CosmosError(400, f"The request body is nested more than {_LEVELS_MAX} levels deep.")
    return value


def _is_deep(value: JsonValue) -> bool:
    level: list[JsonValue] = [value]
    for _ in range(_LEVELS_MAX):
        parts = [part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)]
        level = [each for part in parts for each in part]
        if not level:
            return False
    return True


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
