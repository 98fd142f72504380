"""The activities of the language worker: where texts come from and go to; what is made of them stands beside this.

What runs again writes over what an earlier run has written: a completion may read otherwise, its target holds one.
"""

from __future__ import annotations

import orjson

from contracts.invoices import EXTRACT_INVOICE, ExtractInvoice, Invoice
from contracts.language import (
    ANALYZE_TEXT,
    COMPLETE_CHAT,
    EMBED_TEXT,
    WRITE_ANALYSES,
    AnalyzeText,
    CompleteChat,
    EmbedText,
    TextAnalysis,
    WriteAnalyses,
    WrittenAnalyses,
    WrittenCompletion,
    WrittenEmbedding,
)
from contracts.locations import Location
from durable.stores import ObjectStores
from durable.worker import Worker
from language_worker.analysis import Analysis
from language_worker.chat import Chat, Sampling
from language_worker.embeddings import Embeddings
from language_worker.invoices import invoice_of
from language_worker.prompts.catalogue import prompt_of
from language_worker.prompts.filling import fill
from language_worker.reading import text_at
from language_worker.results import results_file

worker = Worker("language")


@worker.handles(ANALYZE_TEXT)
async def analyze_text(request: AnalyzeText, analysis: Analysis) -> TextAnalysis:
    """Find what is asked for in one text."""
    return await analysis.analyze(request)


@worker.handles(WRITE_ANALYSES)
async def write_analyses(request: WriteAnalyses, stores: ObjectStores) -> WrittenAnalyses:
    """Write what was found in each text, in their order."""
    written = await stores[request.target.store].put(request.target.name, results_file(request.results))
    failed = sum(result.analysis is None for result in request.results)
    return WrittenAnalyses(object=request.target, size=written.size, texts=len(request.results), failed=failed)


@worker.handles(EMBED_TEXT)
async def embed_text(request: EmbedText, stores: ObjectStores, embeddings: Embeddings) -> WrittenEmbedding:
    """Write the vector of one text."""
    text = request.text if request.source is None else await text_at(request.source, stores)
    embedding = await embeddings.embed(text or "", request.model)
    data = orjson.dumps(list(embedding.vector), option=orjson.OPT_INDENT_2)
    written = await stores[request.target.store].put(request.target.name, data)
    return WrittenEmbedding(
        object=request.target, size=written.size, model=embedding.model, dimensions=len(embedding.vector)
    )


@worker.handles(COMPLETE_CHAT)
async def complete_chat(request: CompleteChat, stores: ObjectStores, chat: Chat) -> WrittenCompletion:
    """Fill in a prompt of the catalogue, and write what a model makes of it."""
    prompt = prompt_of(request.prompt)
    values = {
        name: await text_at(value, stores) if isinstance(value, Location) else value
        for name, value in request.variables.items()
    }
    sampling = Sampling(request.model, request.max_tokens, request.temperature, request.top_p)
    completion = await chat.complete(fill(prompt, values), sampling)
    written = await stores[request.target.store].put(request.target.name, completion.text.encode())
    return WrittenCompletion(
        object=request.target,
        size=written.size,
        model=completion.model,
        finish_reason=completion.finish_reason,
        tokens=completion.tokens,
    )


@worker.handles(EXTRACT_INVOICE)
async def extract_invoice(request: ExtractInvoice, stores: ObjectStores, chat: Chat) -> Invoice:
    """Read the invoice of a Markdown document; one that is none, or does not add up, fails for good."""
    document = await text_at(request.source, stores)
    return await invoice_of(document, request.prompt_version, request.max_tokens, chat)
