"""Write a text as a vector, to `<target>_embeddings.json`."""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import TEXT_EMBEDDING_REQUESTED
from contracts.language import EMBED_TEXT, EmbedText, TextEmbeddingRequested, WrittenEmbedding
from durable import RetryPolicy, SagaContext, Timeouts, saga
from orchestrator.sagas.targets import undo_if_new

NAME = "embed-text"
# A service that is busy says for how long; the policy has patience for that.
RETRY = RetryPolicy(max_attempts=8, first_delay=timedelta(seconds=2), max_delay=timedelta(minutes=1))
TIMEOUTS = Timeouts(start_to_close=timedelta(minutes=2))


@saga(NAME, starts_on=TEXT_EMBEDDING_REQUESTED)
async def embed_text(ctx: SagaContext, request: TextEmbeddingRequested) -> WrittenEmbedding:
    """Have the vector made and written, and tell by which model."""
    target = request.written_to
    await undo_if_new(ctx, target)
    embed = EmbedText(text=request.text, source=request.source, model=request.model, target=target)
    return await ctx.call(EMBED_TEXT, embed, retry=RETRY, timeouts=TIMEOUTS)
