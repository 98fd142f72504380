"""Serves an application on a free port, so that real clients can speak to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from durable.http.serving import serving


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Give the base URL."""
    async with serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"
