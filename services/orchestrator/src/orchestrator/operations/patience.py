"""How long an operation waits for the outside before it tells its caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from durable.errors import ServiceUnavailable

PATIENCE = timedelta(seconds=15)


@asynccontextmanager
async def patient(what: str) -> AsyncIterator[None]:
    """Give up after `PATIENCE`.

    Raises:
        ServiceUnavailable: it took longer; `what` says what the caller knows then.
    """
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            yield
    except TimeoutError as error:
        raise ServiceUnavailable(f"expected an answer within {PATIENCE.total_seconds():g} s: {what}") from error
