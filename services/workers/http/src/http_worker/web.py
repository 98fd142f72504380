"""The web as the handlers see it: one client session for the whole process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from dishka import Provider, Scope

from durable.adapters.telemetry import traced_calls


async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=True, trace_configs=traced_calls()) as session:
        yield session


def web_provider() -> Provider:
    """Provide `aiohttp.ClientSession`, closed when the worker stops."""
    provider = Provider(scope=Scope.APP)
    provider.provide(_session)
    return provider
