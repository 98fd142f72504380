"""Objects: what the storage worker does with them, and the request to copy one.

1. Objects are named by `Location`; their content travels between stores, never through a history. The one exception
   is text of at most `TEXT_BYTES_MAX`, for what a saga has to read itself.
2. A signed URL is a secret for as long as it is valid: it is written to an object, and no result holds it.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, model_validator

from contracts.locations import Location
from durable import Activity

TEXT_BYTES_MAX = 64 * 1024
PAGE_SIZE_MAX = 1000
SIGNED_SECONDS_MAX = 24 * 60 * 60
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _short(text: str) -> str:
    size = len(text.encode())
    if size > TEXT_BYTES_MAX:
        raise ValueError(f"expected text of at most {TEXT_BYTES_MAX} bytes in UTF-8; found {size}")
    return text


class FromTo(BaseModel):
    """An object, and where it is to be copied."""

    source: Location
    target: Location

    @model_validator(mode="after")
    def _two_places(self) -> Self:
        if self.source == self.target:
            raise ValueError(f"expected a target other than the source; found {self.source.name!r} for both")
        return self


class BlobCopyRequested(FromTo):
    """Somebody wants an object copied: the data of event `blob.copy-requested`."""


class CopyObject(FromTo):
    """An object to be copied over whatever its target holds, within a store or from one to another."""


class StoredObject(BaseModel):
    """An object that was written, and what it holds."""

    object: Location
    size: int = Field(description="bytes", ge=0)
    sha256: Sha256


class FindObject(BaseModel):
    """An object that may be there or not."""

    object: Location


class FoundObject(BaseModel):
    """Its size in bytes, or null if there is none."""

    size: int | None


class CheckedObject(BaseModel):
    """An object that was read back and holds what it should."""

    object: Location
    size: int


class ReadText(BaseModel):
    """A short text to be read, in UTF-8."""

    source: Location
    bytes_max: int = Field(default=TEXT_BYTES_MAX, description="longer is an error", ge=1, le=TEXT_BYTES_MAX)


class TextContent(BaseModel):
    """The text of an object, and its size in bytes."""

    text: str
    size: int


class WriteText(BaseModel):
    """A short text to be written in UTF-8, over whatever its target holds."""

    target: Location
    text: Annotated[str, AfterValidator(_short)] = Field(description="at most 64 KB in UTF-8")


class ListPage(BaseModel):
    """A page of the objects below a folder of a store, or of all of them, by name."""

    store: str = Field(default="main", min_length=1)
    prefix: str = Field(
        default="", description="a folder, without the last slash; empty for the whole store", max_length=512
    )
    page_size: int = Field(default=100, ge=1, le=PAGE_SIZE_MAX)
    continuation: str | None = Field(
        default=None, description="of the page before; null for the first", max_length=4000
    )


class ListedObject(BaseModel):
    """An object as it was when it was listed: it may be gone when it is read."""

    name: str
    size: int


class ObjectPage(BaseModel):
    """A page, and what to ask the next one with; null if there is none."""

    store: str
    objects: list[ListedObject]
    continuation: str | None


class DeleteLocations(BaseModel):
    """Objects to be removed; those that are not there are no error."""

    objects: list[Location] = Field(max_length=1000)


class DeletedLocations(BaseModel):
    """How many objects were asked to be removed."""

    count: int


class SignUrl(BaseModel):
    """An object that somebody without an identity is to read for a while; the address is written to `target`.

    Delete the target when it has been used. It is as secret as what it leads to.
    """

    source: Location
    target: Location
    seconds: int = Field(default=3600, description="how long the address is valid", ge=1, le=SIGNED_SECONDS_MAX)

    @model_validator(mode="after")
    def _two_places(self) -> Self:
        if self.source == self.target:
            raise ValueError("expected a target other than the source, which it would be written over")
        return self


class SignedUrl(BaseModel):
    """Where the address was written, as the one line of a text, and how long it is valid."""

    target: Location
    expires_at: AwareDatetime


COPY_OBJECT = Activity("storage.copy-object", CopyObject, StoredObject)
FIND_OBJECT = Activity("storage.find-object", FindObject, FoundObject)
CHECK_OBJECT = Activity("storage.check-object", StoredObject, CheckedObject)
READ_TEXT = Activity("storage.read-text", ReadText, TextContent)
WRITE_TEXT = Activity("storage.write-text", WriteText, StoredObject)
LIST_PAGE = Activity("storage.list-page", ListPage, ObjectPage)
DELETE_LOCATIONS = Activity("storage.delete-objects", DeleteLocations, DeletedLocations)
SIGN_URL = Activity("storage.sign-url", SignUrl, SignedUrl)
