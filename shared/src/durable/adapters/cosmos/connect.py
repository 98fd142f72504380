"""Opens the store and refuses accounts on which the protocol would not hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from azure.identity.aio import DefaultAzureCredential

from durable.adapters.cosmos.failures import translated
from durable.adapters.cosmos.metering import Meter, MeteredTransport
from durable.adapters.cosmos.store import CosmosStore
from durable.errors import SettingsInvalid
from durable.settings import CosmosSettings
from durable.telemetry.metrics import Metrics

CONTAINER = "instances"
CONNECT_SECONDS = 5
ANSWER_SECONDS = 10
# The SDK takes 0 for its default of 9.
THROTTLED_ATTEMPTS = 5


async def store_from(settings: CosmosSettings, metrics: Metrics | None = None) -> CosmosStore:
    """Open the store: by key for a local endpoint, by identity otherwise. What it costs is told to `metrics`.

    Raises:
        SettingsInvalid: there is no such database or container, or the account has several write regions.
        WriteUncertain: the store does not answer; try again.
    """
    meter = Meter()
    async with AsyncExitStack() as opened:
        with translated(f"opening {settings.endpoint}"):
            client = await _client(settings, meter, opened)
            opened.push_async_callback(client.close)  # Also if entering fails: it has started tasks by then.
            await client.__aenter__()
            container = client.get_database_client(settings.database).get_container_client(CONTAINER)
            await _check(container, settings, meter)
        if metrics is not None:
            meter.tell(metrics)
        return CosmosStore(container, meter, _closing(opened.pop_all()))
    raise AssertionError("unreachable: the block above returns or raises")


async def _client(settings: CosmosSettings, meter: Meter, opened: AsyncExitStack) -> CosmosClient:
    credential: str | DefaultAzureCredential = settings.key
    if not settings.key:
        credential = DefaultAzureCredential(managed_identity_client_id=settings.client_id or None)
        opened.push_async_callback(credential.close)
    transport = MeteredTransport(meter)
    opened.push_async_callback(transport.close)
    return CosmosClient(
        settings.endpoint,
        credential,
        transport=transport,
        no_response_on_write=True,
        enable_compact_utf8_item_writes=True,
        connection_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        retry_connect=1,
        retry_read=1,
        retry_backoff_factor=0.1,
        retry_throttle_total=THROTTLED_ATTEMPTS,
        retry_throttle_backoff_max=ANSWER_SECONDS,
    )


async def _check(container: ContainerProxy, settings: CosmosSettings, meter: Meter) -> None:
    try:
        await container.read()
    except CosmosResourceNotFoundError as error:
        raise SettingsInvalid(
            [f"COSMOS_DATABASE: expected one with a container {CONTAINER!r}; found none: {settings.database!r}"]
        ) from error
    if meter.write_regions != 1:
        raise SettingsInvalid(
            [
                f"COSMOS_ENDPOINT: expected an account with one write region, for with several two owners of a "
                f"partition could both commit; found {meter.write_regions}: turn off multi-region writes"
            ]
        )


def _closing(opened: AsyncExitStack) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await opened.aclose()

    return close
