"""Split a PDF into its pages; if one can't be had, none is left behind."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import DOCUMENT_RECEIVED
from contracts.documents import (
    DELETE_OBJECTS,
    EXTRACT_PAGE,
    INSPECT_PDF,
    PDF,
    DeleteObjects,
    DocumentReceived,
    ExtractPage,
    PdfSource,
    SplitPdfReport,
    WrittenObject,
)
from durable import CloudEvent, RetryPolicy, SagaContext, SagaError, Timeouts, Tolerance, saga
from orchestrator.sagas.outputs import output_name

NAME = "split-pdf"
PAGES_AT_ONCE = 8
PAGES_MAX = 1000
# What runs is waited for, so that no page is written after it was deleted; `outputs` then raises if one is missing.
ALL = Tolerance(share=1)
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
STEP = Timeouts(start_to_close=timedelta(minutes=15))


class TooManyPages(SagaError):
    """A PDF has more pages than one instance may report."""


def is_pdf(event: CloudEvent) -> bool:
    """Tell whether the document of an event is a PDF."""
    return isinstance(event.data, dict) and event.data.get("media_type") == PDF


@saga(NAME, starts_on=DOCUMENT_RECEIVED, starts_if=is_pdf)
async def split_pdf(ctx: SagaContext, document: DocumentReceived) -> SplitPdfReport:
    """Write each page as a PDF of its own."""
    info = await ctx.call(INSPECT_PDF, PdfSource(source=document.object), retry=RETRY, timeouts=STEP)
    if info.pages > PAGES_MAX:
        raise TooManyPages(f"expected a PDF of at most {PAGES_MAX} pages; found {info.pages}")

    targets = [output_name(NAME, ctx.instance_id, f"page-{page:04d}.pdf") for page in range(1, info.pages + 1)]
    # Before the pages are written: of one that failed it is not known whether it was.
    ctx.compensate(DELETE_OBJECTS, DeleteObjects(objects=targets))

    async def write(request: ExtractPage) -> WrittenObject:
        return await ctx.call(EXTRACT_PAGE, request, retry=RETRY, timeouts=STEP)

    requests = [
        ExtractPage(source=document.object, page=page, target=target) for page, target in enumerate(targets, start=1)
    ]
    pages = await ctx.map(write, requests, max_concurrency=PAGES_AT_ONCE, tolerate=ALL)
    return SplitPdfReport(pages=info.pages, outputs=pages.outputs)
