"""Asking a store that may not answer until it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from durable.errors import WriteUncertain

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_PAUSE_FIRST, _PAUSE_MAX = 0.02, 2.0


async def until_answered(ask: Callable[[], Awaitable[T]], what: str) -> T:
    """Repeat the identical question until the store gives a definite answer; refusals are answers and are raised."""
    pause = _PAUSE_FIRST
    while True:
        try:
            return await ask()
        except WriteUncertain as error:
            _LOG.warning("%s: asked again: %s", what, error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _PAUSE_MAX)
