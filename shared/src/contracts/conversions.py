"""Conversions of tables: files of rows in any of four formats, and what the tabular worker does with them.

A format is named by its media type. Only JSON lines and CSV need be told their columns, and only if they should not be
found by looking at all rows; Parquet and ORC bring theirs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from contracts.columns import COLUMNS_MAX, Column, differing
from contracts.locations import Location
from contracts.storage import PAGE_SIZE_MAX
from durable import Activity
from durable.objects import check_object_name

JSON_LINES = "application/x-ndjson"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ORC = "application/vnd.apache.orc"

OUTPUT_FOLDER = "parquet-orc"
FOLDER_CHARACTERS_MAX = 200
SOURCE_BYTES_MAX = 16 << 30


def checked_folder(folder: str) -> str:
    """Give the name of a folder without a slash at its end.

    Raises:
        ValueError: it is no legal name, or too long for the names of outputs in it.
    """
    name = check_object_name(folder.removesuffix("/"))
    if len(name) > FOLDER_CHARACTERS_MAX:
        raise ValueError(f"expected a folder of at most {FOLDER_CHARACTERS_MAX} characters; found {len(name)}")
    return name


Folder = Annotated[str, AfterValidator(checked_folder)]


class Compression(StrEnum):
    """How the pages of a Parquet or ORC file are compressed."""

    NONE = "none"
    SNAPPY = "snappy"
    ZSTD = "zstd"
    LZ4 = "lz4"
    GZIP = "gzip"


class ConvertTable(BaseModel):
    """One file to be written in another format, over whatever an earlier attempt has written there."""

    source: Location
    target: Location
    source_type: str = Field(default="", description="media type of the source; by the ending of its name if empty")
    target_type: str = Field(default="", description="media type of the target; by the ending of its name if empty")
    columns: list[Column] | None = Field(
        default=None, description="columns of JSON lines or CSV; found if none", min_length=1, max_length=COLUMNS_MAX
    )
    compression: Compression | None = Field(default=None, description="of Parquet and ORC: Snappy if none")
    delimiter: Literal[",", ";", "\t", "|"] = Field(default=",", description="what separates the cells of CSV")
    source_bytes_max: int = Field(
        default=SOURCE_BYTES_MAX, description="a larger source is refused", ge=1, le=SOURCE_BYTES_MAX
    )

    @field_validator("columns")
    @classmethod
    def _names_differ(cls, columns: list[Column] | None) -> list[Column] | None:
        return columns and differing(columns)


class TableColumn(BaseModel):
    """A column that was written, with its Arrow type as text."""

    name: str
    type: str


class ConvertedTable(BaseModel):
    """A file that was written; `size` is in bytes."""

    target: Location
    size: int
    rows: int
    columns: list[TableColumn]


class TableFolder(BaseModel):
    """A folder whose objects are to be removed, all of them; one that is not there is no error."""

    store: str = "main"
    folder: str = Field(min_length=1)


class DeletedTables(BaseModel):
    """How many objects were removed."""

    count: int


class ContainerSize(StrEnum):
    """How much a conversion of many tables may take at a time; `CAPACITIES` says what each size allows."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Capacity(BaseModel):
    """What a container size allows: so many conversions at once, each of a source of so many bytes at most."""

    at_once: int
    source_bytes_max: int


CAPACITIES = {
    ContainerSize.SMALL: Capacity(at_once=4, source_bytes_max=1 << 30),
    ContainerSize.MEDIUM: Capacity(at_once=16, source_bytes_max=4 << 30),
    ContainerSize.LARGE: Capacity(at_once=64, source_bytes_max=SOURCE_BYTES_MAX),
}


class SkippedTable(BaseModel):
    """An object that was listed and not converted."""

    name: str
    reason: Literal["not named *.parquet", "gone before it was read"]


SKIPPED_TOLD_MAX = 100


class TablesReport(BaseModel):
    """What became of a folder of tables."""

    outputs: str = Field(
        default="", description="folder of the target store where the outputs lie, named as their sources are"
    )
    pages: int = 0
    converted: int = 0
    skipped: int = 0
    rows: int = 0
    size: int = Field(default=0, description="bytes of all outputs")
    skipped_first: list[SkippedTable] = Field(default=[], description=f"the first {SKIPPED_TOLD_MAX} that were skipped")


class TablesProgress(BaseModel):
    """Where a listing stands, and what was done so far; an execution of the saga hands it to the next."""

    continuation: str
    report: TablesReport


class TablesReceived(BaseModel):
    """A folder of Parquet files lies in an object store: the data of event `tables.received`."""

    prefix: str = Field(description="folder of the tables, with the folders in it; empty for the whole store")
    store: str = Field(default="main", description="store of the tables, as setting OBJECT_STORES has it", min_length=1)
    folder: Folder = Field(
        default=OUTPUT_FOLDER, description="folder of the outputs, which go to `<folder>/<instance>/`"
    )
    target_store: str = Field(default="main", description="store of the outputs", min_length=1)
    page_size: int = Field(
        default=100, description="objects listed, and converted, before the next", ge=1, le=PAGE_SIZE_MAX
    )
    container_size: ContainerSize = ContainerSize.MEDIUM
    progress: TablesProgress | None = Field(
        default=None, description="of the saga itself: what its earlier executions did"
    )

    @field_validator("prefix")
    @classmethod
    def _legal_prefix(cls, prefix: str) -> str:
        return prefix and checked_folder(prefix)

    @model_validator(mode="after")
    def _outputs_elsewhere(self) -> Self:
        is_within = not self.prefix or f"{self.folder}/".startswith(f"{self.prefix}/")
        if self.store == self.target_store and is_within:
            raise ValueError(
                f"expected a folder of the outputs that is not in the folder that is listed; found {self.folder!r} in "
                f"{self.prefix!r} of store {self.store!r}: outputs would be listed among the tables"
            )
        return self


CONVERT_TABLE = Activity("tabular.convert-table", ConvertTable, ConvertedTable)
DELETE_TABLES = Activity("tabular.delete-tables", TableFolder, DeletedTables)
