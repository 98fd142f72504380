from contracts.documents import EXTRACT_PAGE, ExtractPage, WrittenObject
from documents_worker.pdf import page_as_pdf
from durable.objects import ObjectStore
from durable.worker import Worker
from durable.worker.threads import Threads

worker = Worker("documents")


@worker.handles(EXTRACT_PAGE)
async def extract_page(request: ExtractPage, objects: ObjectStore, threads: Threads) -> WrittenObject:
    page = await threads.run(page_as_pdf, await objects.get(request.source), request.page)
    written = await objects.put(request.target, page)
    return WrittenObject(object=written.name, size=written.size)
