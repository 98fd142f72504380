"""Rows: files of JSON lines, and what the tabular worker does with them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from durable import Activity


class RowsReceived(BaseModel):
    """Files of JSON lines lie in the object store: the data of event `rows.received`."""

    objects: list[str] = Field(description="names of the objects that hold JSON lines", min_length=1, max_length=1000)


class ConvertRows(BaseModel):
    """One file of JSON lines to be written as Parquet."""

    source: str
    target: str


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
