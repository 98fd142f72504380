"""Keeps what is stored of long histories cheap to load, beside the rounds and in no hurry.

1. Only turns long committed are compacted: the last `COMPACT_AFTER` stay as they are, so that no write of an owner
   before, however late, meets a turn that is gone.
2. One job at a time. A job that has lost the partition is dropped; the next load of the instance finds it again.
3. Whoever else deletes or rewrites records of an instance holds `still` meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from durable.charges import counted
from durable.errors import TransientError
from orchestrator.host.committer import Committer
from orchestrator.host.compaction import Span, compact_turns
from orchestrator.host.erasing import erase
from orchestrator.host.loading import Loader
from orchestrator.host.residents import Resident

_LOG = logging.getLogger(__name__)
COMPACT_AFTER = 500


class Upkeep:
    """The jobs of one takeover of one partition.

    Attributes:
        still: held while a job runs; hold it, and no job does.
    """

    def __init__(self, loader: Loader, committer: Committer) -> None:
        self.still = asyncio.Lock()
        self._loader = loader
        self._committer = committer
        self._jobs: deque[Callable[[], Awaitable[None]]] = deque()
        self._working: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Stop; what is left is found by the next owner."""
        if self._working is not None:
            self._working.cancel()

    def look_at(self, resident: Resident) -> None:
        """Compact its oldest turns some time, if there are many. Asked after each turn, so it costs nothing."""
        if resident.turns - resident.compacted < 2 * COMPACT_AFTER or resident.instance is None:
            return
        span = Span(resident.identity, resident.compacted + 1, resident.turns - COMPACT_AFTER)
        resident.compacted = span.last
        self._add(partial(self._compact, resident, span))

    async def _compact(self, resident: Resident, span: Span) -> None:
        with counted() as charges:
            try:
                await compact_turns(span, self._loader, self._committer)
            finally:
                resident.account.owed += charges.ru

    def sweep(self) -> None:
        """Delete some time what the loader met and nobody needs any more."""
        if self._loader.strays:
            strays, self._loader.strays = self._loader.strays, []
            self._add(partial(erase, strays, self._committer))

    def _add(self, job: Callable[[], Awaitable[None]]) -> None:
        self._jobs.append(job)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._jobs:
            async with self.still:
                await self._do(self._jobs.popleft())

    async def _do(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except TransientError as error:
            _LOG.info("upkeep is left to the next owner: %s", error)
        except Exception:
            _LOG.exception("upkeep failed; the partition goes on without it")
