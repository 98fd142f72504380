"""How requests are measured, and what `/metrics` answers."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Response

from durable.adapters.telemetry import Telemetry
from durable.health import Health
from durable.http.application import new_application
from durable.http.measuring import add_metrics_route, measure_requests
from durable.telemetry.metrics.declared import HTTP_DURATION
from tests.support.asgi import AsgiClient


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def client(telemetry: Telemetry) -> AsgiClient:
    app: FastAPI = new_application("a service", "for tests", Health())

    async def answer(name: str) -> Response:
        if name == "bug":
            raise ValueError("no such luck")
        return Response(status_code=int(name))

    app.add_api_route("/things/{name}", answer)
    measure_requests(app, telemetry.metrics)
    add_metrics_route(app, telemetry.written)
    return AsgiClient(app)


async def test_a_request_is_measured_by_the_template_of_its_route(client: AsgiClient, telemetry: Telemetry) -> None:
    await client.get("/things/200")
    await client.get("/things/404")

    assert telemetry.metrics.value(HTTP_DURATION, "GET", "/things/{name}", "200") == 1
    assert telemetry.metrics.value(HTTP_DURATION, "GET", "/things/{name}", "404") == 1


async def test_paths_that_nobody_declared_make_one_label(client: AsgiClient, telemetry: Telemetry) -> None:
    for number in range(10):
        await client.get(f"/made-up/{number}")

    assert telemetry.metrics.value(HTTP_DURATION, "any", "none", "404") == 10


async def test_a_request_at_which_the_service_fails_is_measured(client: AsgiClient, telemetry: Telemetry) -> None:
    with pytest.raises(ValueError, match="no such luck"):
        await client.get("/things/bug")

    assert telemetry.metrics.value(HTTP_DURATION, "GET", "/things/{name}", "500") == 1


async def test_looks_at_health_and_metrics_are_not_measured(client: AsgiClient, telemetry: Telemetry) -> None:
    await client.get("/health/live")
    answer = await client.get("/metrics")

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"process_cpu_seconds_total" in answer.body
    assert telemetry.metrics.read() == []
