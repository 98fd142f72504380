"""Seal a secret and split the document that goes with it; if the document can't be split, no sealed secret is left.

The value never comes here: the saga has a reference, and an object that only holders of the key can open.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.catalogue import SECRET_REQUESTED
from contracts.secrets import (
    DELETE_SEALED,
    FIND_SECRET,
    WRITE_SEALED,
    FindSecret,
    SecretRequested,
    SecretToBlobReport,
    WriteSealed,
)
from durable import RetryPolicy, SagaContext, Timeouts, saga
from orchestrator.sagas.split_pdf import split_pdf

NAME = "secret-to-blob"
RETRY = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1), max_delay=timedelta(seconds=30))
STEP = Timeouts(start_to_close=timedelta(minutes=1))
SPLITTING = timedelta(hours=1)


@saga(NAME, starts_on=SECRET_REQUESTED)
async def secret_to_blob(ctx: SagaContext, request: SecretRequested) -> SecretToBlobReport:
    """Find the secret, seal the version that was found, then split the document as a saga of its own."""
    wanted = FindSecret(name=request.name, version=request.version)
    secret = await ctx.call(FIND_SECRET, wanted, retry=RETRY, timeouts=STEP)

    sealing = WriteSealed(secret=secret, target=request.target)
    # Before it is written: of a write that failed it is not known whether it was.
    ctx.compensate(DELETE_SEALED, sealing)
    sealed = await ctx.call(WRITE_SEALED, sealing, retry=RETRY, timeouts=STEP)

    pages = await ctx.call_saga(split_pdf, request.document, timeout=SPLITTING)
    return SecretToBlobReport(secret=secret, sealed=sealed, document=pages)
