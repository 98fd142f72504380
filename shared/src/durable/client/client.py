"""`SagaClient`: the management API as methods."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import Self

from durable.client.completions import Completions
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

    Raises (every method):
        ServiceUnavailable: the service was away for longer than that.
        NotFound, InvalidInput: there is no such instance or saga, or the service does not accept what was given.
        InvalidName: an instance id is not legal; nothing was sent.
    """

    def __init__(self, base_url: str, *, patience: timedelta = PATIENCE) -> None:
        super().__init__(Transport(base_url, patience))

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()
