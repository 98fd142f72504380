"""Write a document as Markdown; what a run that failed or was cancelled may have written is removed.

The only write is the last thing that the only step does. So a step that failed for good has written nothing, and there
is nothing to undo; of one that was given up it is not known.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import DOCUMENT_RECEIVED
from contracts.documents import (
    CONVERT_TO_MARKDOWN,
    CSV,
    DELETE_OBJECTS,
    DOCX,
    EML,
    HTML,
    PDF,
    XLSX,
    ConvertDocument,
    ConvertedDocument,
    DeleteObjects,
    DocumentReceived,
)
from durable import ActivityError, Cancelled, CloudEvent, RetryPolicy, SagaContext, Timeouts, saga
from orchestrator.sagas.outputs import output_name, stem_of

NAME = "document-to-markdown"
MEDIA_TYPES = (PDF, DOCX, XLSX, HTML, CSV, EML)
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
CONVERTING = Timeouts(start_to_close=timedelta(minutes=15))


def is_convertible(event: CloudEvent) -> bool:
    """Tell whether the document of an event is of a type that can be converted."""
    return isinstance(event.data, dict) and event.data.get("media_type") in MEDIA_TYPES


@saga(NAME, starts_on=DOCUMENT_RECEIVED, starts_if=is_convertible)
async def document_to_markdown(ctx: SagaContext, document: DocumentReceived) -> ConvertedDocument:
    """Convert the document into one Markdown file, named after it."""
    target = output_name(NAME, ctx.instance_id, f"{stem_of(document.name)}.md")
    request = ConvertDocument(source=document.object, media_type=document.media_type, target=target)
    try:
        return await ctx.call(CONVERT_TO_MARKDOWN, request, retry=RETRY, timeouts=CONVERTING)
    except (ActivityError, Cancelled) as error:
        if isinstance(error, Cancelled) or error.failure.retryable:
            ctx.compensate(DELETE_OBJECTS, DeleteObjects(objects=[target]))
        raise
