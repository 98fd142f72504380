from datetime import timedelta

from contracts import documents
from durable import RetryPolicy, SagaContext, Tolerance, saga

PATIENT = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1))


@saga("split", starts_on="document.received")
async def split(ctx: SagaContext, document: documents.DocumentReceived) -> documents.SplitPdfReport:
    info = await ctx.call(documents.INSPECT_PDF, documents.PdfSource(source=document.object), retry=PATIENT)
    pages = [
        documents.ExtractPage(source=document.object, page=page, target=f"split/{ctx.instance_id}/{page}.pdf")
        for page in range(1, info.pages + 1)
    ]
    targets = documents.DeleteObjects(objects=[page.target for page in pages])
    ctx.compensate(documents.DELETE_OBJECTS, targets)  # runs if anything below raises
    all_of_them = Tolerance(share=1)  # a failure waits for the others, so that no page is written after it was deleted
    written = await ctx.map(documents.EXTRACT_PAGE, pages, max_concurrency=10, tolerate=all_of_them, retry=PATIENT)
    await ctx.sleep(timedelta(seconds=1))  # durable: seconds or weeks, nothing waits in memory for it
    return documents.SplitPdfReport(pages=info.pages, outputs=written.outputs)
