"""Azure's own types of resources, as the Bicep compiler has them: which properties there are, and what they take.

They are public data (`Azure/bicep-types-az`), one JSON file for each namespace and version, a list whose entries refer
to one another by their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from infra_check.bicep.values import Reference, Runtime, Value

_REQUIRED, _READ_ONLY = 1, 2
Schema: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What does not fit: the path of the property, the line if it is known, and why."""

    path: str
    line: int | None
    told: str


class Schemas:
    """The types of one file."""

    def __init__(self, path: Path) -> None:
        self._types: Sequence[Schema] = json.loads(path.read_bytes())

    @cached_property
    def bodies(self) -> Mapping[str, Schema]:
        """The body of each resource type, by its name with version, in lower case."""
        kinds = (each for each in self._types if each["$type"] == "ResourceType")
        return {kind["name"].lower(): self._at(kind["body"]) for kind in kinds}

    def _at(self, reference: Mapping[str, str]) -> Schema:
        return self._types[int(reference["$ref"].rsplit("/", 1)[-1])]

    def mismatches(self, schema: Schema, value: Value, path: str, line: int | None = None) -> Iterator[Mismatch]:
        """Compare a value with a type."""
        if isinstance(value, Runtime | Reference) or value is None:
            return
        kind = schema["$type"]
        if kind in {"ObjectType", "DiscriminatedObjectType"}:
            yield from self._object(schema, value, path, line)
        elif kind == "ArrayType":
            yield from self._array(schema, value, path, line)
        elif kind == "UnionType":
            yield from self._union(schema, value, path, line)
        elif told := _scalar(schema, value):
            yield Mismatch(path, line, told)

    def _object(self, schema: Schema, value: Value, path: str, line: int | None) -> Iterator[Mismatch]:
        if not isinstance(value, Mapping):
            yield Mismatch(path, line, f"expected an object; found {value!r:.80}")
            return
        properties = dict(schema.get("properties") or schema.get("baseProperties") or {})
        if "discriminator" in schema:
            word = value.get(schema["discriminator"])
            if word not in schema["elements"]:
                told = (
                    f"expected {schema['discriminator']} to be one of {', '.join(schema['elements'])}; found {word!r}"
                )
                yield Mismatch(path, line, told)
                return
            properties |= self._at(schema["elements"][word])["properties"]
        lines = getattr(value, "lines", {})
        more = schema.get("additionalProperties")
        for name, inner in value.items():
            yield from self._property(properties.get(name), more, inner, f"{path}.{name}", lines.get(name, line))
        for name, each in properties.items():
            if each["flags"] & _REQUIRED and not each["flags"] & _READ_ONLY and value.get(name) is None:
                yield Mismatch(f"{path}.{name}", line, "expected this property; found none")

    def _property(
        self, known: Mapping[str, Any] | None, more: Any, value: Value, path: str, line: int | None
    ) -> Iterator[Mismatch]:
        if known is None and more is None:
            yield Mismatch(path, line, "expected a property of this version; found one that it does not have")
        elif known is not None and known["flags"] & _READ_ONLY:
            yield Mismatch(path, line, "expected a property that can be set; found one that Azure sets itself")
        else:
            yield from self.mismatches(self._at(known["type"] if known else more), value, path, line)

    def _array(self, schema: Schema, value: Value, path: str, line: int | None) -> Iterator[Mismatch]:
        if not isinstance(value, list):
            yield Mismatch(path, line, f"expected a list; found {value!r:.80}")
            return
        for index, item in enumerate(value):
            yield from self.mismatches(self._at(schema["itemType"]), item, f"{path}[{index}]", line)

    def _union(self, schema: Schema, value: Value, path: str, line: int | None) -> Iterator[Mismatch]:
        elements = [self._at(each) for each in schema["elements"]]
        if all(_scalar(element, value) for element in elements):
            words = ", ".join(str(each["value"]) for each in elements if "value" in each)
            yield Mismatch(path, line, f"expected one of {words}; found {value!r:.80}")


def _scalar(schema: Schema, value: Value) -> str:
    """Say why a value does not fit; nothing if it does."""
    kind = schema["$type"]
    if kind == "StringLiteralType":
        return "" if value == schema["value"] else f"expected {schema['value']!r}; found {value!r:.80}"
    if kind == "StringType":
        fits = isinstance(value, str) and len(value) <= schema.get("maxLength", len(value))
        return "" if fits else f"expected text of {schema.get('maxLength', 'any')} characters; found {value!r:.80}"
    if kind == "IntegerType":
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if fits and _within(schema, value) else f"expected a number{_bounds(schema)}; found {value!r:.80}"
    if kind == "BooleanType":
        return "" if isinstance(value, bool) else f"expected true or false; found {value!r:.80}"
    return ""


def _within(schema: Schema, value: float) -> bool:
    return bool(schema.get("minValue", value) <= value <= schema.get("maxValue", value))


def _bounds(schema: Schema) -> str:
    bounds = [str(schema[name]) for name in ("minValue", "maxValue") if name in schema]
    return f" within {' and '.join(bounds)}" if bounds else ""
