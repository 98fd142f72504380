"""What the workers of the saga about invoices do at every crash point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.documents import CONVERT_TO_MARKDOWN, PDF, ConvertDocument, ConvertedDocument
from contracts.invoices import EXTRACT_INVOICE, ExtractInvoice, InvalidInvoice, Invoice, InvoiceReceived
from contracts.locations import Location
from contracts.storage import (
    DELETE_LOCATIONS,
    FIND_OBJECT,
    WRITE_TEXT,
    DeletedLocations,
    DeleteLocations,
    FoundObject,
    StoredObject,
    WriteText,
)
from contracts.tables import DELETE_ENTITY, WRITE_ENTITY, EntityKey, TableEntity

INVOICE = InvoiceReceived(tenant_id=UUID(int=1), source=Location(name="in/a.pdf"), media_type=PDF)
_READ = Invoice.model_validate(
    {
        "number": "1",
        "issued_on": "2026-03-14",
        "seller": {"name": "a"},
        "products": [{"quantity": Decimal(1), "unit_price": Decimal(2), "amount": Decimal(2)}],
        "currency": "EUR",
        "subtotal": Decimal(2),
        "total": Decimal(2),
    }
)


def _convert(request: ConvertDocument) -> ConvertedDocument:
    return ConvertedDocument(object=request.target, size=1, characters=1)


def _refuse(request: ExtractInvoice) -> Invoice:
    raise InvalidInvoice(["total: wrong"])


def _write_entity(entity: TableEntity) -> EntityKey:
    return EntityKey(table=entity.table, partition_key=entity.partition_key, row_key=entity.row_key)


def _write_text(request: WriteText) -> StoredObject:
    return StoredObject(object=request.target, size=1, sha256="0" * 64)


def _delete(request: DeleteLocations) -> DeletedLocations:
    return DeletedLocations(count=len(request.objects))


READ: Mapping[Any, Callable[[Any], Any]] = {
    CONVERT_TO_MARKDOWN: _convert,
    EXTRACT_INVOICE: lambda _: _READ,
    WRITE_ENTITY: _write_entity,
    DELETE_ENTITY: lambda key: key,
    FIND_OBJECT: lambda _: FoundObject(size=None),
    WRITE_TEXT: _write_text,
    DELETE_LOCATIONS: _delete,
}
REFUSED: Mapping[Any, Callable[[Any], Any]] = {**READ, EXTRACT_INVOICE: _refuse}
