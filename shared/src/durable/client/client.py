"""`SagaClient`: the management API as methods."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import Self

from durable.client.completions import Completions
from durable.client.credentials import Credential, bearer_for
from durable.client.looks import Looks
from durable.client.repairs import Repairs
from durable.client.results import Results
from durable.client.signals import Signals
from durable.client.starts import Starts
from durable.client.transport import Transport

PATIENCE = timedelta(seconds=30)


class SagaClient(Starts, Looks, Results, Signals, Repairs, Completions):
    """Speaks to the management API of an orchestrator.

    Requests are repeated while the service is away, for as long as `patience`; every method is safe to repeat.

    In a process that uses OpenTelemetry, requests carry its current trace and baggage: what is started goes on in it.

    A service that others reach wants a token: of `credential`, as `azure.identity.aio.DefaultAzureCredential()`, for
    `scope`, which is the audience of the service with `/.default`. The credential is the caller's to close.

    Raises (every method):
        NotAllowed: the service takes no token of this caller, or the caller lacks a role.
        ServiceUnavailable: the service was away for longer than that.
        NotFound, InvalidInput: there is no such instance or saga, or the service does not accept what was given.
        InvalidName: an instance id is not legal; nothing was sent.

    Raises (the constructor):
        ValueError: a credential without a scope or the other way round, or for an address that is not `https://`.
    """

    def __init__(
        self, base_url: str, *, patience: timedelta = PATIENCE, credential: Credential | None = None, scope: str = ""
    ) -> None:
        super().__init__(Transport(base_url, patience, bearer_for(base_url, credential, scope)))

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()
