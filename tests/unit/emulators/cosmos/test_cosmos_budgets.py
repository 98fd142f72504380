import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from durable.adapters.memory import ManualClock
from emulators.cosmos import CosmosEndpoint
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.throughput import Budget, checked_offer, rate_of
from tests.support.cosmos_requests import CONTAINER, send, shop

SLOW = "/dbs/shop/colls/slow"
ADA = '["ada"]'


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def waiting_time(budget: Budget, clock: ManualClock) -> int | None:
    try:
        budget.admit(clock.now())
    except CosmosError as error:
        return int(error.extra[0][1])
    return None


def test_a_budget_serves_until_it_is_spent_and_is_new_in_the_next_second(clock: ManualClock) -> None:
    budget = Budget(400)
    assert waiting_time(budget, clock) is None
    budget.spend(399)
    assert waiting_time(budget, clock) is None
    budget.spend(1)
    clock.advance(timedelta(milliseconds=250))

    assert waiting_time(budget, clock) == 750
    clock.advance(timedelta(milliseconds=750))
    assert waiting_time(budget, clock) is None


def test_what_a_request_cost_too_much_is_missing_later(clock: ManualClock) -> None:
    budget = Budget(400)
    budget.admit(clock.now())
    budget.spend(1000)

    assert waiting_time(budget, clock) == 2000
    clock.advance(timedelta(seconds=1))
    assert waiting_time(budget, clock) == 1000
    clock.advance(timedelta(seconds=1))
    assert waiting_time(budget, clock) is None


def test_budgets_are_not_saved_up(clock: ManualClock) -> None:
    budget = Budget(400)
    budget.admit(clock.now())
    clock.advance(timedelta(hours=1))
    budget.admit(clock.now())
    budget.spend(400)

    assert waiting_time(budget, clock) == 1000


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"offerThroughput": 300},
        {"offerThroughput": 450},
        {"offerThroughput": "400"},
        {"offerThroughput": True},
        {"offerAutopilotSettings": {"maxThroughput": 1500}},
    ],
)
def test_an_impossible_offer_is_refused(content: Any) -> None:
    with pytest.raises(CosmosError, match="valid throughput values"):
        checked_offer(content)


def test_an_offer_gives_its_throughput_or_the_most_of_its_autoscale() -> None:
    assert rate_of(checked_offer({"offerThroughput": 500})) == 500
    assert rate_of(checked_offer({"offerAutopilotSettings": {"maxThroughput": 2000}})) == 2000
    assert rate_of(None) is None


def slow_shop(clock: ManualClock, data: Path | None = None) -> CosmosEndpoint:
    endpoint = shop(clock=clock.now, data=data)
    container = {"id": "slow", "partitionKey": {"paths": ["/customer"]}}
    send(endpoint, "POST", "/dbs/shop/colls", container, x_ms_offer_throughput="400")
    return endpoint


def spend(endpoint: CosmosEndpoint, container: str) -> list[int]:
    body = {"id": "big", "customer": "ada", "pad": "x" * 1_000_000}
    key = {"x_ms_documentdb_partitionkey": ADA, "x_ms_documentdb_is_upsert": "True"}
    return [send(endpoint, "POST", f"{container}/docs", body, **key).status for _ in range(2)]


def test_only_the_items_of_a_container_with_throughput_are_throttled(clock: ManualClock) -> None:
    endpoint = slow_shop(clock)

    assert spend(endpoint, CONTAINER) == [201, 200]
    assert spend(endpoint, SLOW) == [201, 429]
    assert send(endpoint, "GET", SLOW).status == 200
    response = send(endpoint, "GET", f"{SLOW}/docs/big", x_ms_documentdb_partitionkey=ADA)
    assert (response.status, response.header(b"x-ms-substatus")) == (429, b"3200")
    assert response.header(b"x-ms-retry-after-ms") == b"1000"
    clock.advance(timedelta(seconds=2))
    assert send(endpoint, "GET", f"{SLOW}/docs/big", x_ms_documentdb_partitionkey=ADA).status == 200


def test_failed_requests_cost_too(clock: ManualClock) -> None:
    endpoint = slow_shop(clock)
    missing = {"x_ms_documentdb_partitionkey": ADA}

    statuses = [send(endpoint, "GET", f"{SLOW}/docs/missing", **missing).status for _ in range(401)]

    assert statuses == [404] * 400 + [429]


def test_an_offer_outlives_the_process_and_is_no_property_of_the_container(clock: ManualClock, tmp_path: Path) -> None:
    first = slow_shop(clock, tmp_path)
    first.gateway.commit()
    first._database.close()

    again = CosmosEndpoint(data=tmp_path, clock=clock.now)

    offers = json.loads(send(again, "GET", "/offers").body)["Offers"]
    assert [offer["content"] for offer in offers] == [{"offerThroughput": 400}]
    assert "_offer" not in json.loads(send(again, "GET", SLOW).body)
    again._database.close()
