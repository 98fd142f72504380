"""Entities of tables: small records by partition key and row key, and what the storage worker does with them.

1. Names, keys and values follow the rules of Azure Table Storage, whichever provider keeps them.
2. A value is text, a number, a bool, a point in time, or small JSON. In JSON a point in time is `{"$datetime": "…"}`,
   so that it comes back as one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Self

import orjson
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    Strict,
    StrictBool,
    StrictStr,
    TypeAdapter,
    model_validator,
)

from durable import Activity

PROPERTIES_MAX = 251
ENTITY_BYTES_MAX = 1024 * 1024
TEXT_UNITS_MAX = 32 * 1024
EARLIEST = datetime(1601, 1, 1, tzinfo=UTC)
# Tells which texts of a stored entity are JSON: the service has no type for it.
JSON_PROPERTIES = "json_properties"
_TAG = "$datetime"
_OWN_NAMES = frozenset({"PartitionKey", "RowKey", "Timestamp", JSON_PROPERTIES})
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_TIME = TypeAdapter(AwareDatetime)


def _untagged(value: object) -> object:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        # Else it would be taken for a number with a fraction.
        raise ValueError(f"expected a whole number of at most 64 bits; found one of {value.bit_length() + 1}")
    return _TIME.validate_python(value[_TAG]) if isinstance(value, dict) and value.keys() == {_TAG} else value


def _tagged(value: object) -> object:
    return {_TAG: value.astimezone(UTC).isoformat()} if isinstance(value, datetime) else value


def _after_1601(value: datetime) -> datetime:
    if value < EARLIEST:
        raise ValueError("expected a point in time from the year 1601 on")
    return value


def _storable(value: object) -> object:
    units = _text_units(value)
    if units > TEXT_UNITS_MAX:
        raise ValueError(f"expected at most {TEXT_UNITS_MAX} UTF-16 units of text or JSON; found {units}")
    return value


def _property_name(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name) or name in _OWN_NAMES:
        raise ValueError(
            f"expected a name of letters, digits and _ that begins with no digit, and none of "
            f"{', '.join(sorted(_OWN_NAMES))}; found {name!r}"
        )
    return name


Value = Annotated[
    StrictBool
    | Annotated[int, Strict()]
    | Annotated[float, Strict(), Field(allow_inf_nan=False)]
    | StrictStr
    | Annotated[AwareDatetime, Strict(), AfterValidator(_after_1601)]
    | list[JsonValue]
    | dict[str, JsonValue],
    BeforeValidator(_untagged),
    AfterValidator(_storable),
    PlainSerializer(_tagged, when_used="json"),
]
PropertyName = Annotated[str, Field(max_length=255), AfterValidator(_property_name)]
TableName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{2,62}$")]
Key = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^/\\#?\x00-\x1f\x7f-\x9f]+$")]


class EntityKey(BaseModel):
    """Which entity of which table."""

    table: TableName = Field(description="3 to 63 letters and digits, the first a letter; case does not matter")
    partition_key: Key
    row_key: Key

    @model_validator(mode="after")
    def _not_reserved(self) -> Self:
        if self.table.lower() == "tables":
            raise ValueError("expected another name of a table than 'tables', which the service reserves")
        return self


class TableEntity(EntityKey):
    """A record; written, it replaces the one of its keys as a whole."""

    properties: dict[PropertyName, Value] = Field(default_factory=dict, max_length=PROPERTIES_MAX)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size = 4 + 2 * (len(self.partition_key) + len(self.row_key))
        size += sum(8 + 2 * len(name) + max(8, 2 * _text_units(value)) for name, value in self.properties.items())
        if size > ENTITY_BYTES_MAX:
            raise ValueError(f"expected an entity of at most {ENTITY_BYTES_MAX} bytes; found about {size}")
        return self


class FoundEntity(BaseModel):
    """The entity, or null if there is none of these keys."""

    entity: TableEntity | None


def _text_units(value: object) -> int:
    """Count the UTF-16 units of what is stored as text."""
    if isinstance(value, list | dict):
        value = orjson.dumps(value).decode()
    return len(value.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(value, str) else 0


WRITE_ENTITY = Activity("storage.write-entity", TableEntity, EntityKey)
READ_ENTITY = Activity("storage.read-entity", EntityKey, FoundEntity)
DELETE_ENTITY = Activity("storage.delete-entity", EntityKey, EntityKey)
