"""Keeps a source going: one that fails is begun again after a pause, for as long as the process runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from durable.errors import DurableError

PAUSE_SECONDS = 5.0
_log = logging.getLogger("ingestor")


async def kept_going(name: str, run: Callable[[], Awaitable[None]], pause: float = PAUSE_SECONDS) -> None:
    """Run a source until cancelled."""
    while True:
        try:
            await run()
        except DurableError as error:
            _log.warning("%s: %s. Trying again in %g s", name, error, pause)
        except Exception:
            _log.exception("%s failed. Trying again in %g s", name, pause)
        await asyncio.sleep(pause)
