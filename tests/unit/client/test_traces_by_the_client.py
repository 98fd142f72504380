"""A client in an application that traces, and in one that does not."""

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from opentelemetry import baggage, context
from opentelemetry.sdk.trace import TracerProvider

from durable.client import SagaClient
from durable.telemetry.context import context_of
from tests.support.api_world import ApiWorld
from tests.support.served import served


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.fixture
async def client(world: ApiWorld) -> AsyncIterator[SagaClient]:
    async with served(world.app()) as url, SagaClient(url, patience=timedelta(seconds=5)) as client:
        yield client


async def test_what_is_started_goes_on_in_the_trace_of_the_caller(world: ApiWorld, client: SagaClient) -> None:
    tracer = TracerProvider().get_tracer("an application")
    token = context.attach(baggage.set_baggage("tenant", "blue"))
    try:
        with tracer.start_as_current_span("order") as order:
            await client.start("tick", instance_id="a")
    finally:
        context.detach(token)

    (start,) = await world.deliveries("a")
    found, named = context_of(start.properties), order.get_span_context()
    assert found is not None
    assert (found.trace_id, found.span_id) == (named.trace_id, named.span_id)
    assert start.properties["baggage"] == "tenant=blue"


async def test_outside_of_any_span_a_trace_begins_at_the_service(world: ApiWorld, client: SagaClient) -> None:
    await client.start("tick", instance_id="a")

    (start,) = await world.deliveries("a")
    assert "baggage" not in start.properties


def test_a_client_brings_no_sdk_of_traces_into_an_application_without_one() -> None:
    code = "import sys, durable.client; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
