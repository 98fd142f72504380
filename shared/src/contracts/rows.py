"""Rows: files of JSON lines, and what the tabular worker does with them."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator

from contracts.columns import COLUMNS_MAX, Column, differing
from contracts.conversions import Folder
from contracts.locations import ObjectName
from durable import Activity

FAN_OUT = 8
FAN_OUT_MAX = 150
OUTPUT_FOLDER = "json-to-parquet"


class RowsReceived(BaseModel):
    """Files of JSON lines lie in the object store: the data of event `rows.received`."""

    objects: list[ObjectName] = Field(
        description="names of the objects that hold JSON lines", min_length=1, max_length=1000
    )
    fan_out: int = Field(default=FAN_OUT, description="how many files are converted at once", ge=1, le=FAN_OUT_MAX)
    folder: Folder = Field(
        default=OUTPUT_FOLDER, description="folder of the tables, which go to `<folder>/<instance>/`"
    )
    columns: list[Column] | None = Field(
        default=None, description="columns of all files; found in each if none", min_length=1, max_length=COLUMNS_MAX
    )

    @field_validator("columns")
    @classmethod
    def _names_differ(cls, columns: list[Column] | None) -> list[Column] | None:
        return columns and differing(columns)


class ConvertRows(BaseModel):
    """One file of JSON lines to be written as Parquet."""

    source: str
    target: str
    columns: list[Column] | None = Field(default=None, description="what the columns must be; found if none")


class WrittenTable(BaseModel):
    """A Parquet file that was written."""

    object: str
    size: int
    rows: int
    columns: list[str]


class CheckTable(BaseModel):
    """A Parquet file to be read back and compared with what it should hold."""

    object: str
    rows: int
    columns: list[str]


class CheckedTable(BaseModel):
    """A Parquet file that holds what it should."""

    object: str
    rows: int


class TableReport(BaseModel):
    """What became of a set of JSON lines files."""

    tables: list[WrittenTable]
    rows: int


ROWS_TO_PARQUET = Activity("tabular.rows-to-parquet", ConvertRows, WrittenTable)
CHECK_PARQUET = Activity("tabular.check-parquet", CheckTable, CheckedTable)
DELETE_TABLE = Activity("tabular.delete-table", WrittenTable, WrittenTable)
