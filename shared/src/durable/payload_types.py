"""How a declared type is written as JSON data and read back: pydantic's rules, and two of our own.

1. Points in time are in UTC: one with another offset is converted, one without any is taken as UTC. `NaiveDatetime`
   alone stays as it is.
2. Bytes are base64, unless a model, dataclass or typed dictionary says otherwise in its configuration.
3. A type that holds neither is left to pydantic as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from durable.payload_classes import class_check

_BYTES = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}
_CONFIGURED = frozenset({"model", "dataclass", "typed-dict"})
# What authors put there may look like a schema, and is none.
_OPAQUE = frozenset({"metadata", "default", "expected", "config", "serialization"})


@dataclass(frozen=True, slots=True)
class PayloadType:
    """A declared type, ready for use.

    Attributes:
        validator: reads JSON.
        serializer: writes JSON data.
        check: raises `ValidationError` if an object inside a value is of another class; `None` if none could be.
    """

    validator: Any
    serializer: Any
    check: Any


def payload_type(type_: Any) -> PayloadType:
    """Prepare a type; the same one is prepared once.

    Raises:
        pydantic.errors.PydanticUserError: it can't be read or written as JSON.
    """
    try:
        return _remembered(type_)
    except TypeError:  # Some annotations can't be hashed; that of a tagged union may be one.
        return _prepared(type_)


@lru_cache(maxsize=1024)
def _remembered(type_: Any) -> PayloadType:
    return _prepared(type_)


def _prepared(type_: Any) -> PayloadType:
    adapter = TypeAdapter(type_)
    schema: Any = adapter.core_schema
    check = class_check(schema)
    if not any(one["type"] in {"datetime", "bytes"} for one in _schemas(schema)):
        return PayloadType(adapter.validator, adapter.serializer, check)
    ruled = _ruled(schema)
    config = core_schema.CoreConfig(ser_json_bytes="base64", val_json_bytes="base64")
    # What pydantic has built for a model already knows nothing of our rules.
    return PayloadType(
        SchemaValidator(ruled, config, _use_prebuilt=False),
        SchemaSerializer(ruled, config, _use_prebuilt=False),
        check,
    )


def _schemas(node: object) -> Iterator[Mapping[Any, Any]]:
    if isinstance(node, dict):
        is_schema = isinstance(node.get("type"), str)
        if is_schema:
            yield node
        for key, inner in node.items():
            if not (is_schema and key in _OPAQUE):
                yield from _schemas(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _schemas(inner)


def _ruled(node: Any) -> Any:
    if isinstance(node, list | tuple):
        return type(node)(map(_ruled, node))
    if not isinstance(node, dict):
        return node
    # In a mapping of names to schemas any key is a name; only a schema has a word as its type.
    is_schema = isinstance(node.get("type"), str)
    ruled = {key: inner if is_schema and key in _OPAQUE else _ruled(inner) for key, inner in node.items()}
    if not is_schema:
        return ruled
    if ruled["type"] == "datetime" and ruled.get("tz_constraint") != "naive":
        return _in_utc(ruled)
    if ruled["type"] in _CONFIGURED:
        ruled["config"] = {**_BYTES, **ruled.get("config", {})}
    return ruled


def _in_utc(schema: Any) -> Any:
    written = schema.get("serialization") or core_schema.plain_serializer_function_ser_schema(
        _utc, return_schema=core_schema.datetime_schema(), when_used="json"
    )
    return core_schema.no_info_after_validator_function(_utc, schema, serialization=written)


def _utc(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value  # Its own serialiser says that it is none.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
