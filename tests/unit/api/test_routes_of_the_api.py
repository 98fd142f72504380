import pytest

from orchestrator.api.starts import PARAMETERS
from tests.support.api_world import ApiWorld


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def test_sagas_are_listed_with_the_schema_of_their_input(world: ApiWorld) -> None:
    answer = await world.client().get("/sagas")

    pay, _, tick = answer.json["sagas"]
    assert (pay["name"], pay["version"], pay["starts_on"]) == ("pay", "3", "order.placed")
    assert pay["input"]["properties"]["amount"] == {"minimum": 1, "title": "Amount", "type": "integer"}
    assert (tick["name"], tick["input"]) == ("tick", {"type": "null"})


async def test_health_is_ready_when_every_part_is(world: ApiWorld) -> None:
    world.health.not_ready("broker", "no connection")
    client = world.client()

    unready = await client.get("/health/ready")
    world.health.ready("broker")
    ready = await client.get("/health/ready")

    assert (unready.status, unready.json["reasons"]) == (503, {"broker": "no connection"})
    assert (ready.status, ready.json["status"]) == (200, "ready")
    assert (await client.get("/health/live")).json["status"] == "live"


@pytest.mark.parametrize(("method", "target", "status"), [("GET", "/nothing", 404), ("PUT", "/instances/a", 405)])
async def test_what_no_route_takes_is_a_problem_too(world: ApiWorld, method: str, target: str, status: int) -> None:
    answer = await world.client().send(method, target, [])

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == "about:blank"


async def test_the_documentation_names_every_route_and_parameter(world: ApiWorld) -> None:
    paths = (await world.client().get("/openapi.json")).json["paths"]

    start = paths["/sagas/{saga}/instances"]["post"]
    assert [parameter["name"] for parameter in start["parameters"]] == [*PARAMETERS]
    assert list(start["responses"]) == ["202"]
