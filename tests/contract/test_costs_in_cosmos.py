"""What runs say that they cost, beside what the store charged for them, over the real SDK."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.cosmos.aio import CosmosClient

from durable.adapters.cosmos import CosmosStore, store_from
from durable.ports import Create
from durable.status import Status
from orchestrator.heads import Head, encode_head
from orchestrator.spending import Spent
from tests.support.cosmos_endpoint import running_endpoint, settings_for
from tests.support.examples import AT
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


async def test_heads_of_a_tree_add_up_in_one_query() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "see-what-a-run-costs.md").read_text()
    query = re.findall(r"^```sql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0]
    async with running_endpoint() as endpoint:
        store = await store_from(settings_for(endpoint))
        for number, (id, root) in enumerate([("order-7", None), ("child", "order-7"), ("order-8", None)], start=1):
            partition = f"{number:03d}"
            cost = Spent(number, 0, number, 0, {"steps.one": [1, 0.5, 2, 100]})
            head = Head(id, partition, "s", "1", Status.RUNNING, "r", "start", AT, AT, root_id=root, cost=cost)
            await store.write(partition, [Create(encode_head(head))])
        await store.close()
        async with CosmosClient(endpoint.url, endpoint.key) as client:
            container = client.get_database_client("durable").get_container_client("instances")
            found: list[object] = [row async for row in container.query_items(query)]

    assert found == [1 + 2]


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
