"""Which event types this application takes, and the type of their data."""

from __future__ import annotations

from pydantic import BaseModel

from contracts.documents import DocumentReceived
from contracts.rows import RowsReceived

DOCUMENT_RECEIVED = "document.received"
ROWS_RECEIVED = "rows.received"

CATALOGUE: dict[str, type[BaseModel]] = {
    DOCUMENT_RECEIVED: DocumentReceived,
    ROWS_RECEIVED: RowsReceived,
}
