from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.routing import Route

from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from tests.support.guarded import API, APPS, AUDIENCE, INGESTOR, guarded

OPEN = {
    INGESTOR: {("GET", "/health/live"), ("GET", "/health/ready"), ("OPTIONS", "/events")},
    API: {("GET", "/health/live"), ("GET", "/health/ready")},
}
# One request for each rule: service, method, path, and the role that it needs.
NEEDS = [
    (INGESTOR, "POST", "/events", "publish"),
    (INGESTOR, "POST", "/files/a.txt", "publish"),
    (INGESTOR, "PUT", "/files/a.txt", "publish"),
    (INGESTOR, "GET", "/catalogue", "read"),
    (INGESTOR, "GET", "/dead-letters", "read"),
    (INGESTOR, "GET", "/docs", "read"),
    (INGESTOR, "GET", "/openapi.json", "read"),
    (INGESTOR, "POST", "/dead-letters/a/replay", "operate"),
    (INGESTOR, "DELETE", "/dead-letters/a", "operate"),
    (INGESTOR, "GET", "/metrics", "read"),
    (INGESTOR, "GET", "/nowhere", "read"),
    (API, "GET", "/sagas", "read"),
    (API, "GET", "/instances/a/history", "read"),
    (API, "GET", "/openapi.json", "read"),
    (API, "GET", "/metrics", "read"),
    (API, "POST", "/sagas/pay/instances", "operate"),
    (API, "POST", "/instances/a/events/paid", "operate"),
    (API, "POST", "/instances/a/terminate", "operate"),
    (API, "DELETE", "/instances/a", "operate"),
    (API, "POST", "/completions/a", "operate"),
    (API, "PATCH", "/nowhere", "operate"),
]


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


def routes_of(service: str) -> set[tuple[str, str]]:
    """Every method and path that the application answers, whatever kind of route it is."""
    found = set()
    for route in APPS[service][0]().routes:
        assert isinstance(route, Route), f"{route!r} is a kind of route that this test does not know"
        found |= {(method, route.path) for method in route.methods or ()}
    return found


@pytest.mark.parametrize("service", APPS)
async def test_no_route_is_open_but_health_and_the_handshake(service: str, entra: TenantEndpoint) -> None:
    routes = routes_of(service)

    async with guarded(service, entra) as world:
        statuses = {(method, path): (await world.ask(method, path)).status for method, path in routes}

    assert len(routes) > 10
    assert {route for route, status in statuses.items() if status != 401} == OPEN[service]


@pytest.mark.parametrize("service", APPS)
async def test_a_path_that_no_route_takes_is_not_told_apart_without_a_token(
    service: str, entra: TenantEndpoint
) -> None:
    async with guarded(service, entra) as world:
        for path in ("/nowhere", "/health/other", "/health/live/", "/HEALTH/live"):
            assert (await world.ask("GET", path)).status == 401, path


@pytest.mark.parametrize(("service", "method", "path", "needed"), NEEDS)
async def test_a_token_without_the_role_is_refused_and_told_which_it_lacks(
    service: str, method: str, path: str, needed: str, entra: TenantEndpoint
) -> None:
    others = {"publish", "read", "operate", "Publish"} - {needed} - ({"operate"} if needed == "read" else set())

    async with guarded(service, entra) as world:
        answer = await world.ask(method, path, entra.tenant.token(AUDIENCE, sorted(others)))

    assert (answer.status, answer.problem) == (403, "forbidden")
    assert f"app role '{needed}'" in answer.document["detail"]
    assert "a caller" in answer.document["detail"]
    assert answer.headers["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{needed}"'


@pytest.mark.parametrize(("service", "method", "path", "needed"), NEEDS)
async def test_the_role_alone_lets_a_request_in(
    service: str, method: str, path: str, needed: str, entra: TenantEndpoint
) -> None:
    async with guarded(service, entra) as world:
        answer = await world.ask(method, path, entra.tenant.token(AUDIENCE, [needed]))

    assert answer.status not in {401, 403}


async def test_who_may_operate_may_look(entra: TenantEndpoint) -> None:
    async with guarded(API, entra) as world:
        assert (await world.ask("GET", "/sagas", entra.tenant.token(AUDIENCE, ["operate"]))).status == 200


@pytest.mark.parametrize(
    "claims", [{}, {"scp": "read"}, {"roles": "read"}, {"roles": {"read": 1}}, {"roles": [["read"], 7]}]
)
async def test_roles_count_as_a_list_of_names_alone(claims: dict[str, Any], entra: TenantEndpoint) -> None:
    token = entra.tenant.token_with(AUDIENCE, claims)

    async with guarded(API, entra) as world:
        assert (await world.ask("GET", "/sagas", token)).status == 403
