"""The activities of the documents worker: where bytes come from and go to; what is done to them stands beside this."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.documents import (
    CONVERT_TO_MARKDOWN,
    DELETE_OBJECTS,
    EXTRACT_PAGE,
    INSPECT_PDF,
    ConvertDocument,
    ConvertedDocument,
    DeletedObjects,
    DeleteObjects,
    ExtractPage,
    PdfInfo,
    PdfSource,
    WrittenObject,
)
from documents_worker.converter import Converter
from documents_worker.pdf import page_as_pdf, page_count
from documents_worker.reading import DocumentReader
from durable.objects import ObjectStore
from durable.worker import Worker, handles
from durable.worker.threads import Threads


@dataclass(frozen=True)
class DocumentActivities:
    """Handlers over what one process shares: a reader of documents, a store, threads and a converter."""

    documents: DocumentReader
    objects: ObjectStore
    threads: Threads
    converter: Converter

    @handles(INSPECT_PDF)
    async def inspect_pdf(self, request: PdfSource) -> PdfInfo:
        """Count the pages of a PDF; one that can't be read fails for good, and says why."""
        data = await self.documents.read(request.source)
        return PdfInfo(pages=await self.threads.run(page_count, data))

    @handles(EXTRACT_PAGE)
    async def extract_page(self, request: ExtractPage) -> WrittenObject:
        """Write one page as a PDF of its own, over whatever an earlier run has written there."""
        data = await self.documents.read(request.source)
        page = await self.threads.run(page_as_pdf, data, request.page)
        written = await self.objects.put(request.target, page)
        return WrittenObject(object=written.name, size=written.size)

    @handles(DELETE_OBJECTS)
    async def delete_objects(self, request: DeleteObjects) -> DeletedObjects:
        """Remove objects; those that are gone already, or were never written, are no error."""
        for name in request.objects:
            await self.objects.delete(name)
        return DeletedObjects(count=len(request.objects))

    @handles(CONVERT_TO_MARKDOWN)
    async def convert_to_markdown(self, request: ConvertDocument) -> ConvertedDocument:
        """Write a document as Markdown; one that is not what it is said to be, or holds no text, fails for good."""
        data = await self.documents.read(request.source, request.store)
        markdown = await self.converter.markdown(data, request.media_type)
        written = await self.objects.put(request.target, markdown.encode())
        return ConvertedDocument(object=written.name, size=written.size, characters=len(markdown))


worker = Worker("documents")
worker.include(DocumentActivities)
