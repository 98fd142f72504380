import asyncio
from collections.abc import AsyncIterator

import pytest

from benchmarks.endpoints.raw_amqp import RawConnection, batch_of, encoded
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.support.service_bus import namespace

MANY = 120


@pytest.fixture
async def endpoint() -> AsyncIterator[ServiceBusEndpoint]:
    async with ServiceBusEndpoint(namespace({"q": {}})) as endpoint:
        yield endpoint


async def test_many_connections_are_served_at_once(endpoint: ServiceBusEndpoint) -> None:
    opened = await asyncio.gather(*(RawConnection.open(endpoint.connection_string, "q") for _ in range(MANY)))
    await asyncio.gather(*(each.send(batch_of([encoded(b"x", f"{at}")] * 3)) for at, each in enumerate(opened)))
    for each in opened:
        each.close()

    assert endpoint.counts()["q"].active == 3 * MANY


async def test_a_connection_too_many_is_told_so_and_served_once_another_is_closed(endpoint: ServiceBusEndpoint) -> None:
    assert endpoint._hub is not None
    endpoint._hub.connections_max = 3
    opened = [await RawConnection.open(endpoint.connection_string, "q") for _ in range(3)]

    with pytest.raises(ConnectionError, match="There are 3 connections already"):
        await RawConnection.open(endpoint.connection_string, "q")
    opened.pop().close()
    await asyncio.sleep(0.01)
    opened.append(await RawConnection.open(endpoint.connection_string, "q"))
    await opened[-1].send(encoded(b"x", "id"))
    for each in opened:
        each.close()

    assert endpoint.counts()["q"].active == 1
