"""A local HTTP server that answers as an Azure storage account does, for the real SDKs to speak to.

1. Shapes are those of the REST reference of Blob and Table Storage and of recordings in the SDKs' repositories.
2. `refuse` scripts what is answered instead, request by request; `Silence` answers nothing and hangs up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any, Self

from aiohttp import web
from azure.core.credentials import AccessToken

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Refusal:
    """A status with the service's code for it, and when to come back."""

    status: int
    code: str
    retry_after: int | None = None


class Identity:
    """A credential of the SDKs that always has the same token."""

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("a-token", 4_000_000_000)

    async def close(self) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


class Silence:
    """No answer: the connection ends."""


@dataclass
class Account:
    """What a server of one account has seen, and what it is to refuse.

    Attributes:
        url: where it is reached.
        seen: method and path with query of each request.
        tokens: the bearer tokens that came along.
    """

    url: str = ""
    seen: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    _refusals: deque[Refusal | Silence] = field(default_factory=deque)

    def refuse(self, *refusals: Refusal | Silence) -> None:
        """Answer the next requests so, one after the other."""
        self._refusals.extend(refusals)

    def next_refusal(self) -> Refusal | Silence | None:
        return self._refusals.popleft() if self._refusals else None


@asynccontextmanager
async def serving(
    account: Account, answer: Answer, refused: Callable[[Refusal], web.Response], tls: SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve an account on a free port until the end of the block."""

    async def handle(request: web.Request) -> web.StreamResponse:
        account.seen.append(f"{request.method} {request.raw_path}")
        account.tokens.add(request.headers.get("Authorization", "").removeprefix("Bearer "))
        refusal = account.next_refusal()
        if isinstance(refusal, Silence):
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return await answer(request) if refusal is None else refused(refusal)

    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    account.url = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()
