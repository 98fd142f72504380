"""Documents: what is received, and what the documents worker does with them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from contracts.locations import ObjectName
from durable import Activity

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTML = "text/html"
CSV = "text/csv"
EML = "message/rfc822"


class DocumentReceived(BaseModel):
    """A document lies in the object store: the data of event `document.received`."""

    object: ObjectName = Field(description="name of the object that holds the document", min_length=1)
    name: str = Field(description="file name as the sender gave it", min_length=1)
    media_type: str = Field(description="media type, without parameters", pattern=r"^[\w.+-]+/[\w.+-]+$")
    size: int = Field(description="bytes", ge=0)


class PdfSource(BaseModel):
    """A PDF to look at."""

    source: str


class PdfInfo(BaseModel):
    """What a PDF holds."""

    pages: int


class ExtractPage(BaseModel):
    """One page to be written as a PDF of its own; `page` counts from 1."""

    source: str
    page: int
    target: str


class WrittenObject(BaseModel):
    """An object that was written."""

    object: str
    size: int


class DeleteObjects(BaseModel):
    """Objects to be removed; those that are not there are no error."""

    objects: list[str]


class DeletedObjects(BaseModel):
    """How many objects were asked to be removed."""

    count: int


class ConvertDocument(BaseModel):
    """A document, which may lie in another store than the main one, to be written there as Markdown."""

    store: str = Field(default="main", description="where the document lies", min_length=1)
    source: str
    media_type: str
    target: str


class ConvertedDocument(BaseModel):
    """The Markdown that was written."""

    object: str
    size: int
    characters: int


class SplitPdfReport(BaseModel):
    """What became of a PDF that was split."""

    pages: int
    outputs: list[WrittenObject]


INSPECT_PDF = Activity("documents.inspect-pdf", PdfSource, PdfInfo)
EXTRACT_PAGE = Activity("documents.extract-page", ExtractPage, WrittenObject)
DELETE_OBJECTS = Activity("documents.delete-objects", DeleteObjects, DeletedObjects)
CONVERT_TO_MARKDOWN = Activity("documents.convert-to-markdown", ConvertDocument, ConvertedDocument)
