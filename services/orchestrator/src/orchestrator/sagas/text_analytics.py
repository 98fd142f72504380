"""Analyse texts side by side, and write what was found in each, in their order.

A text whose analysis fails for good fails the run, and nothing is written. Where a request allows for failures, those
texts have their reason in the place of what would have been found; one failure more than is allowed ends the run.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import TEXTS_RECEIVED
from contracts.language import (
    ANALYZE_TEXT,
    WRITE_ANALYSES,
    AnalyzedText,
    AnalyzeText,
    TextAnalysis,
    TextsReceived,
    WriteAnalyses,
    WrittenAnalyses,
)
from durable import MapEnd, MapResult, RetryPolicy, SagaContext, SagaError, Timeouts, Tolerance, saga
from orchestrator.sagas.targets import undo_if_new

NAME = "text-analytics"
TEXTS_AT_ONCE = 16
# A service that is busy says for how long; the policy has patience for that.
RETRY = RetryPolicy(max_attempts=8, first_delay=timedelta(seconds=2), max_delay=timedelta(minutes=1))
TIMEOUTS = Timeouts(start_to_close=timedelta(minutes=2))


class TooManyTextsFailed(SagaError):
    """More texts could not be analysed than the request allows for."""


@saga(NAME, starts_on=TEXTS_RECEIVED)
async def text_analytics(ctx: SagaContext, received: TextsReceived) -> WrittenAnalyses:
    """Find in each text what its request asks for."""
    requests = [
        AnalyzeText(text=text, operations=request.operations, language=request.language)
        for request in received.requests
        for text in request.texts
    ]

    async def analysis_of(request: AnalyzeText) -> TextAnalysis:
        return await ctx.call(ANALYZE_TEXT, request, retry=RETRY, timeouts=TIMEOUTS)

    allowed = Tolerance(count=received.failures_max)
    analysed = await ctx.map(analysis_of, requests, max_concurrency=TEXTS_AT_ONCE, tolerate=allowed)
    if analysed.reason is not MapEnd.ALL_COMPLETED:
        raise TooManyTextsFailed(_told(analysed, received.failures_max))

    found = dict(analysed.succeeded)
    failures = {index: f"{failure.type}: {failure.message}"[:4_096] for index, failure in analysed.failed}
    results = [
        AnalyzedText(text=request.text, analysis=found.get(index), failure=failures.get(index))
        for index, request in enumerate(requests)
    ]
    await undo_if_new(ctx, received.target)
    write = WriteAnalyses(target=received.target, results=results)
    return await ctx.call(WRITE_ANALYSES, write, retry=RETRY, timeouts=TIMEOUTS)


def _told(analysed: MapResult[TextAnalysis], allowed: int) -> str:
    reasons = "; ".join(f"text {index + 1}: {failure.message}" for index, failure in analysed.failed[:10])
    return f"expected at most {allowed} texts to fail; found {len(analysed.failed)}: {reasons}"[:4_000]
