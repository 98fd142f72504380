"""Columns of a table, each with its type: the schema that a person gives, as JSON data.

A plain type is a word, `"int64"`; one with parameters is an object that says its kind,
`{"kind": "decimal", "precision": 12, "scale": 2}`; lists and structs hold types in turn.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

COLUMNS_MAX = 2000

PlainType = Literal[
    "boolean", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float32", "float64", "text", "bytes", "date",
]  # fmt: skip


class DecimalType(BaseModel):
    """Exact decimal numbers: so many digits in all, so many of them behind the point."""

    kind: Literal["decimal"] = "decimal"
    precision: int = Field(ge=1, le=38)
    scale: int = Field(ge=0, le=38)


class TimestampType(BaseModel):
    """Points in time: with a zone, texts must have an offset; without one, they must not."""

    kind: Literal["timestamp"] = "timestamp"
    unit: Literal["s", "ms", "us", "ns"] = "us"
    zone: str | None = Field(
        default=None, description="such as UTC or Europe/Paris", pattern=r"^[A-Za-z0-9_+/:-]{1,64}$"
    )


class ListType(BaseModel):
    """Lists whose items have one type."""

    kind: Literal["list"] = "list"
    items: ColumnType


class StructType(BaseModel):
    """Objects with these fields."""

    kind: Literal["struct"] = "struct"
    fields: list[Column] = Field(min_length=1, max_length=COLUMNS_MAX)

    @field_validator("fields")
    @classmethod
    def _names_differ(cls, fields: list[Column]) -> list[Column]:
        return differing(fields)


class Column(BaseModel):
    """A column, or a field of a struct."""

    name: str = Field(min_length=1)
    type: ColumnType
    nullable: bool = Field(default=True, description="whether rows may lack a value")


ColumnType = PlainType | Annotated[DecimalType | TimestampType | ListType | StructType, Field(discriminator="kind")]


def differing(columns: list[Column]) -> list[Column]:
    """Give columns back if each has a name of its own.

    Raises:
        ValueError: two have the same; names them.
    """
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ValueError(f"expected names that differ; found twice: {', '.join(twice)}")
    return columns


ListType.model_rebuild()
StructType.model_rebuild()
Column.model_rebuild()
