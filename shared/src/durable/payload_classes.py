"""Whether the models and dataclasses inside a value are of the classes that its type declares.

Pydantic does not ask: of an object of another class it writes what the two have in common, down to nothing at all.

1. Only classes are looked at: no validator of an author's runs.
2. A model is not looked into, for it was checked when it was made; a dataclass is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, core_schema

_Schema = Mapping[str, Any]
_CLASSES = frozenset({"model", "dataclass"})


def class_check(schema: Any) -> SchemaValidator | None:
    """Give what raises `ValidationError` for a value that holds an object of another class; `None` if nothing could.

    A value that should itself be a model is not concerned.
    """
    check = None if schema["type"] == "model" else _check(schema, {})
    return None if check is None else SchemaValidator(check)


def _check(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema | None:
    check = _CHECKS.get(schema["type"])
    return None if check is None else check(schema, known)


def _check_whole(schema: _Schema, _: Mapping[str, _Schema]) -> CoreSchema | None:
    return _check(schema["schema"], {one["ref"]: one for one in schema["definitions"]})


def _check_named(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema | None:
    named = known.get(schema["schema_ref"], schema)
    return core_schema.is_instance_schema(named["cls"]) if named["type"] in _CLASSES else None


def _check_of_items(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema | None:
    inner = _inner(schema, known)
    if inner is None:
        return None
    check: CoreSchema = _AROUND[schema["type"]](inner)
    return check


_AROUND: dict[str, Any] = {
    "nullable": core_schema.nullable_schema,
    "default": lambda inner: inner,
    "dict": lambda inner: core_schema.dict_schema(values_schema=inner),
    "list": core_schema.list_schema,
    "set": core_schema.set_schema,
    "frozenset": core_schema.frozenset_schema,
}


def _inner(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema | None:
    name = {"dict": "values_schema", "nullable": "schema", "default": "schema"}.get(schema["type"], "items_schema")
    inner = schema.get(name)
    return _check(inner, known) if isinstance(inner, dict) else None


def _check_of_class(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema:
    of_class = core_schema.is_instance_schema(schema["cls"])
    if schema["type"] == "model":
        return of_class
    fields = {
        field["name"]: core_schema.model_field(check)
        for field in schema["schema"].get("fields", ())
        if (check := _check(field["schema"], known)) is not None
    }
    if not fields:
        return of_class
    return core_schema.chain_schema([of_class, core_schema.model_fields_schema(fields, from_attributes=True)])


def _check_of_union(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema | None:
    choices = schema["choices"].values() if schema["type"] == "tagged-union" else schema["choices"]
    checks = [_check(choice[0] if isinstance(choice, tuple) else choice, known) for choice in choices]
    found = [check for check in checks if check is not None]
    # Anything may be one of the others.
    return core_schema.union_schema([*found]) if len(found) == len(checks) else None


def _check_of_parts(schema: _Schema, known: Mapping[str, _Schema]) -> CoreSchema | None:
    anything = core_schema.any_schema()
    if schema["type"] == "tuple":
        checks = [_check(item, known) for item in schema["items_schema"]]
        if not any(checks):
            return None
        return core_schema.tuple_schema(
            [check or anything for check in checks], variadic_item_index=schema.get("variadic_item_index")
        )
    fields = {
        name: core_schema.typed_dict_field(check, required=False)
        for name, field in schema["fields"].items()
        if (check := _check(field["schema"], known)) is not None
    }
    return core_schema.typed_dict_schema(fields) if fields else None


_CHECKS: dict[str, Callable[[_Schema, Mapping[str, _Schema]], CoreSchema | None]] = {
    "definitions": _check_whole,
    "definition-ref": _check_named,
    "model": _check_of_class,
    "dataclass": _check_of_class,
    "union": _check_of_union,
    "tagged-union": _check_of_union,
    "tuple": _check_of_parts,
    "typed-dict": _check_of_parts,
    **dict.fromkeys(_AROUND, _check_of_items),
}
