"""`Microsoft.Storage.BlobCreated` as `document.received`: a blob of the object store's container is a document.

1. Only blobs under one folder of the container count. Elsewhere the services themselves write, and an output that came
   back as a document would never end; such an event is passed over.
2. A blob of another container can't be mapped: handlers would look for it in the object store, and not find it.
3. A blob that is not complete yet is passed over; the event that it is follows.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.catalogue import DOCUMENT_RECEIVED
from contracts.documents import DocumentReceived
from durable.cloudevent import CloudEvent
from durable.errors import InvalidName
from durable.http.problem import Problem
from durable.objects import check_object_name
from durable.payload import reasons_of
from ingestor.foreign import PassedOver, Unmappable
from ingestor.media_types import media_type_of

BLOB_CREATED = "Microsoft.Storage.BlobCreated"
# Sent when a file of a Data Lake account is opened; `FlushWithClose` and `SftpCommit` follow.
_INCOMPLETE = frozenset({"CreateFile", "SftpCreate"})


class BlobCreated(BaseModel):
    """The data of `Microsoft.Storage.BlobCreated`, as far as it is read."""

    model_config = ConfigDict(extra="ignore")

    api: str = ""
    content_type: str = Field("", alias="contentType")
    content_length: int = Field(alias="contentLength", ge=0)
    url: str = Field(min_length=1, max_length=8192)


def container_of(object_store_url: str) -> str:
    """Give the URL of the container that an object store lies in; empty for a local folder."""
    parts = urlsplit(object_store_url)
    return f"https://{parts.netloc}.blob.core.windows.net{parts.path}" if parts.scheme == "az" else ""


class BlobMapping:
    """Maps the events of one container, whose URL is empty if there is none, and of one folder in it."""

    def __init__(self, container_url: str, folder: str) -> None:
        self._container = container_url.rstrip("/") + "/" if container_url else ""
        self._folder = folder.strip("/") + "/" if folder.strip("/") else ""

    def __call__(self, event: CloudEvent) -> CloudEvent | PassedOver:
        """Give the event that a document was received.

        Raises:
            Unmappable: the data is no blob's, or the blob lies elsewhere.
        """
        try:
            blob = BlobCreated.model_validate(event.data)
        except ValidationError as error:
            raise Unmappable([(f"data.{where}", what) for where, what in reasons_of(error)]) from error
        if blob.api in _INCOMPLETE:
            return PassedOver(event, f"{blob.api} tells of a blob that is not complete yet")
        name = self._name_of(blob.url)
        if not name.startswith(self._folder):
            return PassedOver(event, f"the blob does not lie in folder {self._folder!r} (setting BLOB_EVENTS_FOLDER)")
        return self._document(event, blob, name)

    def _name_of(self, url: str) -> str:
        plain = _without_query(url).replace(".dfs.", ".blob.", 1)
        if not self._container or not plain.startswith(self._container):
            where = f"of the container {self._container}" if self._container else "of a container"
            more = (
                "" if self._container else ", but setting BLOB_CONTAINER_URL names none and OBJECT_STORE_URL is local"
            )
            raise Unmappable([("data.url", f"expected a blob {where}{more}; found {url[:300]!r}")])
        try:
            return unquote(plain.removeprefix(self._container), errors="strict")
        except UnicodeDecodeError as error:
            fault = f"expected a name in UTF-8, percent-encoded; found {url[:300]!r}"
            raise Unmappable([("data.url", fault)]) from error

    @staticmethod
    def _document(event: CloudEvent, blob: BlobCreated, name: str) -> CloudEvent:
        try:
            check_object_name(name)
            media_type = media_type_of(blob.content_type, name)
        except InvalidName as error:
            raise Unmappable([("data.url", str(error))]) from error
        except Problem as error:
            raise Unmappable([("data.contentType", error.detail)]) from error
        document = DocumentReceived(
            object=name, name=name.rpartition("/")[2], media_type=media_type, size=blob.content_length
        )
        return replace(event, type=DOCUMENT_RECEIVED, data=document.model_dump(), datacontenttype="application/json")


def _without_query(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Unmappable([("data.url", f"expected the URL of a blob; found {url[:300]!r}: {error}")]) from error
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
