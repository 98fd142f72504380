"""Which event types this application takes, and the type of their data."""

from __future__ import annotations

from pydantic import BaseModel

from contracts.conversions import TablesReceived
from contracts.documents import DocumentReceived
from contracts.invoices import InvoiceReceived
from contracts.language import TextEmbeddingRequested, TextsReceived
from contracts.rows import RowsReceived
from contracts.secrets import SecretRequested
from contracts.storage import BlobCopyRequested

BLOB_COPY_REQUESTED = "blob.copy-requested"
DOCUMENT_RECEIVED = "document.received"
INVOICE_RECEIVED = "invoice.received"
ROWS_RECEIVED = "rows.received"
TABLES_RECEIVED = "tables.received"
TEXT_EMBEDDING_REQUESTED = "text.embedding-requested"
TEXTS_RECEIVED = "texts.received"
SECRET_REQUESTED = "secret.requested"

CATALOGUE: dict[str, type[BaseModel]] = {
    BLOB_COPY_REQUESTED: BlobCopyRequested,
    DOCUMENT_RECEIVED: DocumentReceived,
    INVOICE_RECEIVED: InvoiceReceived,
    ROWS_RECEIVED: RowsReceived,
    TABLES_RECEIVED: TablesReceived,
    TEXT_EMBEDDING_REQUESTED: TextEmbeddingRequested,
    TEXTS_RECEIVED: TextsReceived,
    SECRET_REQUESTED: SecretRequested,
}
