"""Playing cases: all of one service at once in one event loop, a bounded number of them at a time.

The SDKs sleep a lot. Cases that wait beside each other make a suite of hundreds last as long as a few.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.conformance.cases import Case
from tests.conformance.service import Service, Stage

AT_ONCE = 40
LIMIT_SECONDS = 90.0

FAILURES = (Exception, pytest.fail.Exception)


@dataclass(frozen=True)
class Outcome:
    """How a case ended: neither skipped nor failed means passed."""

    skipped: str = ""
    failure: BaseException | None = None
    seconds: float = 0


async def perform(service: Service, cases: Sequence[Case]) -> dict[Case, Outcome]:
    """Play the cases of one service; none of them stops another."""
    gate = asyncio.Semaphore(AT_ONCE)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE))
    async with service.stage(cases, service.connection_string) as stage:
        outcomes = await asyncio.gather(*(_perform_one(stage, case, gate) for case in cases))
    return dict(zip(cases, outcomes, strict=True))


async def _perform_one(stage: Stage, case: Case, gate: asyncio.Semaphore) -> Outcome:
    if reason := stage.passes_over(case):
        return Outcome(skipped=reason)
    async with gate:
        began = time.monotonic()
        failure: BaseException | None = None
        try:
            async with asyncio.timeout(LIMIT_SECONDS + case.waits), stage.world(case) as arguments:
                await case.act(*arguments)
        except FAILURES as error:
            failure = error
        return Outcome(failure=failure, seconds=time.monotonic() - began)
