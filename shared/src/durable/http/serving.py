"""Serving an application until told to stop.

Plain HTTP: TLS ends at the ingress. What the ingress says of the client (`X-Forwarded-…`) is not believed, as anybody
inside the environment can say it; nothing here decides by the address of a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from durable.http.connection import Connection

GRACE_SECONDS = 5


class _Server(uvicorn.Server):
    """Leaves the signals of the process to its composition root."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; gives the port, which is a free one if asked for 0.

    On leaving, no request is taken any more, and those under way have five seconds to end.

    Raises:
        OSError: the address is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=2048)
    config = uvicorn.Config(
        app,
        http=Connection,
        proxy_headers=False,
        server_header=False,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running
