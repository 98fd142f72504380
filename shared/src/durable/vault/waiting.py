"""Waiting for an object store that is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from durable.errors import TransientError

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_PAUSE_FIRST, _PAUSE_MAX = 0.05, 5.0


async def until_there(ask: Callable[[], Awaitable[T]], what: str) -> T:
    """Repeat the same question until the store answers; refusals are answers and are raised. To give up, cancel."""
    pause = _PAUSE_FIRST
    while True:
        try:
            return await ask()
        except TransientError as error:
            _LOG.warning("%s: the object store is asked again: %s", what, error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _PAUSE_MAX)
