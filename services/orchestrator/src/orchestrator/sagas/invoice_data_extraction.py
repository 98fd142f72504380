"""Read the invoice of a document, and store it as an entity and as JSON; if that fails, neither is left."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import INVOICE_RECEIVED
from contracts.documents import CONVERT_TO_MARKDOWN, ConvertDocument
from contracts.invoices import (
    EXTRACT_INVOICE,
    ExtractInvoice,
    Invoice,
    InvoiceReceived,
    InvoiceRecord,
    InvoiceReport,
)
from contracts.locations import Location
from contracts.storage import DELETE_LOCATIONS, WRITE_TEXT, DeleteLocations, WriteText
from contracts.tables import DELETE_ENTITY, WRITE_ENTITY, EntityKey, TableEntity
from durable import RetryPolicy, SagaContext, Timeouts, saga
from orchestrator.sagas.outputs import output_name, stem_of
from orchestrator.sagas.targets import undo_if_new

NAME = "invoice-data-extraction"
TABLE = "invoices"
# A service that is busy says for how long; the policy has patience for that.
RETRY = RetryPolicy(max_attempts=8, first_delay=timedelta(seconds=2), max_delay=timedelta(minutes=1))
CONVERTING = Timeouts(start_to_close=timedelta(minutes=15))
READING = Timeouts(start_to_close=timedelta(minutes=10))
QUICK = Timeouts(start_to_close=timedelta(minutes=1))


@saga(NAME, starts_on=INVOICE_RECEIVED)
async def invoice_data_extraction(ctx: SagaContext, received: InvoiceReceived) -> InvoiceReport:
    """Convert the document, have the invoice read and checked, store it twice, and tell where."""
    stem = stem_of(received.source.name)
    markdown = Location(name=output_name(NAME, ctx.instance_id, f"{stem}.md"))
    target = received.target or Location(name=output_name(NAME, ctx.instance_id, f"{stem}.json"))

    # Each undo before its step: of one that timed out it is not known whether it has written.
    ctx.compensate(DELETE_LOCATIONS, DeleteLocations(objects=[markdown]))
    document = ConvertDocument(
        store=received.source.store,
        source=received.source.name,
        media_type=received.media_type,
        target=markdown.name,
    )
    await ctx.call(CONVERT_TO_MARKDOWN, document, retry=RETRY, timeouts=CONVERTING)
    invoice = await ctx.call(EXTRACT_INVOICE, ExtractInvoice(source=markdown), retry=RETRY, timeouts=READING)

    entity = _entity(ctx.instance_id, received, invoice, target)
    key = EntityKey(table=entity.table, partition_key=entity.partition_key, row_key=entity.row_key)
    ctx.compensate(DELETE_ENTITY, key)
    await ctx.call(WRITE_ENTITY, entity, retry=RETRY, timeouts=QUICK)

    await undo_if_new(ctx, target)
    record = InvoiceRecord(tenant_id=received.tenant_id, source=received.source, invoice=invoice)
    written = WriteText(target=target, text=record.model_dump_json(indent=2) + "\n")
    await ctx.call(WRITE_TEXT, written, retry=RETRY, timeouts=QUICK)
    return InvoiceReport(
        tenant_id=received.tenant_id,
        number=invoice.number,
        currency=invoice.currency,
        total=invoice.total,
        table=entity.table,
        row_key=entity.row_key,
        object=target,
        markdown=markdown,
    )


def _entity(instance_id: str, received: InvoiceReceived, invoice: Invoice, target: Location) -> TableEntity:
    """Give the entity: what is searched for; the lines of the invoice stand in the JSON that it names.

    Its row is that of the instance, so that what is undone is never what another instance has written.
    """
    return TableEntity(
        table=TABLE,
        partition_key=str(received.tenant_id),
        row_key=instance_id,
        properties={
            "number": invoice.number,
            "issued_on": invoice.issued_on.isoformat(),
            "due_on": invoice.due_on.isoformat() if invoice.due_on else "",
            "seller": invoice.seller.name,
            "buyer": invoice.buyer.name if invoice.buyer else "",
            "products": len(invoice.products),
            "currency": invoice.currency,
            "subtotal": f"{invoice.subtotal:f}",
            "total": f"{invoice.total:f}",
            "source": received.source.model_dump(),
            "object": target.model_dump(),
        },
    )
