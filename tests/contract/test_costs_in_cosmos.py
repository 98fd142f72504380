"""What runs say that they cost, beside what the store charged for them, over the real SDK."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from durable.adapters.cosmos import CosmosStore, store_from
from tests.support.cosmos_endpoint import running_endpoint, settings_for
from tests.support.host_world import HostWorld

RUNS = 20
FEW_PERCENT = 0.05


@pytest.fixture
async def stores() -> AsyncIterator[tuple[CosmosStore, CosmosStore]]:
    """One for the host, whose meter counts, and one to look on."""
    async with running_endpoint() as endpoint:
        settings = settings_for(endpoint)
        host, onlooker = await store_from(settings), await store_from(settings)
        yield host, onlooker
        await host.close()
        await onlooker.close()


@pytest.mark.parametrize(
    ("saga", "input"), [("chain", {"value": 1}), ("fan", {"value": 12}), ("heavy-fan", {"value": 70})]
)
@pytest.mark.parametrize("at_once", [1, RUNS])
async def test_what_runs_say_that_they_cost_is_what_the_store_charged(
    stores: tuple[CosmosStore, CosmosStore], saga: str, input: dict[str, int], at_once: int
) -> None:
    host, onlooker = stores
    world = HostWorld()
    world.store = onlooker  # type: ignore[assignment]  # Any store will do.
    costs = []

    async def run(number: int, gate: asyncio.Semaphore) -> None:
        async with gate:
            await world.start(saga, input, id=f"i{number}")
            costs.append((await world.ended(f"i{number}")).cost)

    async with world.working(), world.hosting(world.ports(store=host)):
        before = host.meter.charge
        gate = asyncio.Semaphore(at_once)
        await asyncio.gather(*(run(number, gate) for number in range(RUNS)))
        charged = host.meter.charge - before
    told = sum(cost.ru for cost in costs if cost is not None)

    assert len(costs) == RUNS
    assert told == pytest.approx(charged, rel=FEW_PERCENT)
