from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from durable.client import SagaClient
from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.events import ActivityCompleted, ActivityFailed
from durable.messages import EVENTS, INSTANCES, Message
from durable.sealed import PayloadRef
from durable.status import Status
from tests.e2e.services.contracts import TOO_MUCH
from tests.support.e2e_checks import check_each
from tests.support.e2e_stack import INGESTOR, ORCHESTRATORS, WORKER, services_of
from tests.support.e2e_world import CHAIN, SOURCE, Shape, World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAIT = timedelta(seconds=10)
DOCUMENT = {"object": "uploads/a", "name": "a.txt", "media_type": "text/plain", "size": 1}
LARGE = "x" * 300_000
ASTRAY = Shape("astray", 1, Status.COMPLETED, {"value": 2}, {"at-all": 1, "add-one": 1})
UNHEARD = Shape("unheard", 1, Status.FAILED, None, {"unheard-of": 1})
TALKATIVE = Shape("talkative", 1, Status.COMPLETED, {"text": "x" * TOO_MUCH}, {"say-much": 1})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    services = services_of((ORCHESTRATORS[0], WORKER, INGESTOR))
    async with running_world(tmp_path_factory.mktemp("bad"), services) as world:
        yield world


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def neighbours(world: World) -> AsyncIterator[None]:
    """Sagas in every partition, under way while something bad comes in, which must not notice."""
    asked = [world.ask(CHAIN, partition=name) for name in world.partitions]
    await world.start(asked)
    yield
    await world.ended(asked, WAIT)
    await check_each(world, asked)


@pytest_asyncio.fixture(loop_scope="module")
async def client(world: World) -> AsyncIterator[SagaClient]:
    async with SagaClient(world.stack.urls["orchestrator-1"]) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Post:
    service: str
    path: str
    status: HTTPStatus
    type: str
    json: object = None

    async def to(self, world: World) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": CONTENT_TYPE if self.path == "/events" else "application/json"}
        url = f"{world.stack.urls[self.service]}{self.path}"
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=self.json) as answer:
            return answer.status, await answer.json(content_type=None)


def an_event(type_: str = "document.received", data: object = DOCUMENT) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "bad", "source": SOURCE, "type": type_, "data": data}


REFUSED = {
    "an event of a type that nobody knows": Post(
        "ingestor", "/events", HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", an_event("order.placed")
    ),
    "an event whose data does not fit its type": Post(
        "ingestor", "/events", HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", an_event(data={"object": ""})
    ),
    "an event that is too large": Post(
        "ingestor", "/events", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", an_event(data={"name": LARGE})
    ),
    # Encoded, since a client would take the dots out of the path.
    "a file whose name leads out of its folder": Post(
        "ingestor", "/files/a%2F..%2F..%2Fb.pdf", HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "text"
    ),
    "an input that does not fit its saga": Post(
        "orchestrator-1", "/sagas/chain/instances", HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", {"value": "many"}
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_posted_and_can_not_be_taken_is_refused_with_a_reason(world: World, what: str) -> None:
    status, problem = await REFUSED[what].to(world)

    assert (status, problem["type"]) == (REFUSED[what].status, f"urn:durable:problem:{REFUSED[what].type}")
    assert "expected" in problem["detail"]


async def test_an_instance_id_that_exists_is_not_taken_again(world: World) -> None:
    (taken, *_) = await world.stories()
    post = Post(
        "orchestrator-1",
        f"/sagas/chain/instances?instance_id={taken}",
        HTTPStatus.CONFLICT,
        "exists",
        {"value": 7},
    )

    status, problem = await post.to(world)

    assert (status, problem["type"]) == (HTTPStatus.CONFLICT, "urn:durable:problem:exists")
    assert taken in problem["detail"]


async def dead_letter(world: World, source: str, message_id: str) -> tuple[str, str]:
    """Wait for a message in a dead-letter queue; gives reason and description as a person reads them."""
    receiver = await world.broker.receiver(f"{source}/$deadletter")
    (delivery,) = await receiver.receive(1, WAIT)
    await receiver.complete([delivery])
    await receiver.close()
    assert delivery.id == message_id
    return delivery.properties["DeadLetterReason"], delivery.properties["DeadLetterErrorDescription"]


UNDECODABLE = {
    EVENTS: ("events/orchestrator", "expected a CloudEvent"),
    INSTANCES: (INSTANCES, "expected an event to an instance"),
    "commands.steps": ("commands.steps", "expected a command"),
}


@pytest.mark.parametrize("destination", UNDECODABLE)
async def test_a_body_that_can_not_be_read_goes_to_the_dead_letter_queue_with_its_reason(
    world: World, destination: str
) -> None:
    session = world.partitions[0] if destination == INSTANCES else None
    source, told = UNDECODABLE[destination]

    await world.broker.send(destination, [Message(b"\xff{", f"garbage-{destination}", session)])

    reason, description = await dead_letter(world, source, f"garbage-{destination}")
    assert reason == "Undecodable"
    assert told in description


async def test_an_event_that_no_saga_takes_goes_to_the_dead_letter_queue_with_its_reason(world: World) -> None:
    event = CloudEvent("nobody", SOURCE, "order.placed", {})

    await world.broker.send(EVENTS, [Message(event.to_json(), "nobody", content_type=CONTENT_TYPE)])

    reason, description = await dead_letter(world, "events/orchestrator", "nobody")
    assert (reason, "'order.placed'" in description) == ("NoSaga", True)


async def test_an_input_by_event_that_does_not_fit_its_saga_ends_rejected_with_its_reasons(
    world: World, client: SagaClient
) -> None:
    asked = world.ask(Shape("chain", "many", Status.REJECTED, None, {}))  # type: ignore[arg-type]

    await world.start([asked])
    await world.ended([asked], WAIT)

    view = await client.get(asked.instance_id)
    assert view.status is Status.REJECTED
    assert [where for where, _ in view.reasons] == ["value"]


async def test_a_step_on_a_queue_that_does_not_exist_fails_alone(world: World, client: SagaClient) -> None:
    asked = world.ask(ASTRAY)

    await world.start([asked])
    await world.ended([asked], WAIT)

    assert await client.result(asked.instance_id) == ASTRAY.output
    failures = [event for event in await client.history(asked.instance_id) if isinstance(event, ActivityFailed)]
    assert [failed.failure.type for failed in failures] == ["durable.UnknownDestination"]
    assert "commands.nowhere" in failures[0].failure.message


async def test_a_result_that_no_message_can_carry_goes_by_way_of_the_object_store(
    world: World, client: SagaClient
) -> None:
    asked = world.ask(TALKATIVE)

    await world.start([asked])
    await world.ended([asked], WAIT)

    assert await client.result(asked.instance_id) == TALKATIVE.output
    (completed,) = [event for event in await client.history(asked.instance_id) if isinstance(event, ActivityCompleted)]
    assert isinstance(completed.output, PayloadRef)
    assert completed.output.bytes > TOO_MUCH


async def test_a_step_that_its_worker_can_not_do_fails_with_the_reason(world: World, client: SagaClient) -> None:
    asked = world.ask(UNHEARD)

    await world.start([asked])
    await world.ended([asked], WAIT)

    view = await client.get(asked.instance_id)
    assert view.status is Status.FAILED
    assert view.failure is not None
    assert "durable.UnknownActivity" in {view.failure.type, view.failure.cause.type if view.failure.cause else ""}
