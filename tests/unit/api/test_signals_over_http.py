import pytest

from durable import Status
from durable.errors import BrokerUnavailable, MessageTooLarge
from durable.events import EventReceived, SagaTerminated
from durable.ids import message_id, partition_of
from durable.payload import PAYLOAD_BYTES_MAX
from tests.support.api_world import PARTITIONS, ApiWorld
from tests.support.ports_with_faults import FaultyBroker

CALLERS_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ENDED = [status for status in Status if status.ended]


@pytest.fixture
async def world() -> ApiWorld:
    world = ApiWorld()
    await world.put_head(world.a_head())
    return world


async def test_an_event_travels_to_the_instance(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/a/events/approval", {"by": "me"}, {"traceparent": CALLERS_TRACE})

    (message,) = await world.messages("a")
    assert answer.status == 202
    assert answer.json["id"] == "a"
    assert message.event == EventReceived(name="approval", payload={"by": "me"}, message_id=message.id)
    assert (message.instance_id, message.run, message.execution) == ("a", "", 0)
    assert message.trace == {"traceparent": CALLERS_TRACE}


async def test_an_event_without_a_body_has_no_payload(world: ApiWorld) -> None:
    await world.client().post("/instances/a/events/approval", b"")

    (message,) = await world.messages("a")
    assert isinstance(message.event, EventReceived)
    assert message.event.payload is None


async def test_the_same_event_id_has_the_same_message_id(world: ApiWorld) -> None:
    client = world.client()

    for _ in range(2):
        await client.post("/instances/a/events/approval?event_id=e-1", 1)

    (message,) = await world.messages("a")
    assert message.id == message_id("a", "", "EventReceived", "e-1")


async def test_events_without_an_id_are_all_taken(world: ApiWorld) -> None:
    client = world.client()

    for _ in range(2):
        await client.post("/instances/a/events/approval", 1)

    assert len(await world.messages("a")) == 2


@pytest.mark.parametrize(("encoded", "name"), [("a%20b", "a b"), ("a%2Fb", "a/b"), ("%C3%A4", "ä"), ("a.b-c", "a.b-c")])
async def test_an_event_name_is_any_printable_text(world: ApiWorld, encoded: str, name: str) -> None:
    await world.client().post(f"/instances/a/events/{encoded}", 1)

    (message,) = await world.messages("a")
    assert isinstance(message.event, EventReceived)
    assert message.event.name == name


@pytest.mark.parametrize("name", ["", "a%00", "a%0A", "a" * 129])
async def test_an_event_name_that_is_empty_long_or_unprintable_is_refused(world: ApiWorld, name: str) -> None:
    answer = await world.client().post(f"/instances/a/events/{name}", 1)

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == ["name"]


async def test_termination_travels_to_the_instance_with_its_reason(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/a/terminate?reason=by%20mistake")

    (delivery,) = await world.deliveries("a")
    assert answer.status == 202
    assert delivery.session == partition_of("a", PARTITIONS)
    assert b'"reason":"by mistake"' in delivery.body


async def test_a_repeated_termination_is_one_statement_in_two_messages(world: ApiWorld) -> None:
    client = world.client()

    for _ in range(2):
        await client.post("/instances/a/terminate")

    first, second = await world.messages("a")
    assert (first.id, first.event) == (second.id, second.event)
    assert isinstance(first.event, SagaTerminated)


async def test_a_termination_of_an_unknown_instance_is_not_found(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/b/terminate", 1)

    assert (answer.status, answer.problem) == (404, "not-found")


async def test_an_event_for_an_instance_that_has_not_started_is_sent_to_be_kept(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/b/events/approval", 1)

    (message,) = await world.messages("b")
    assert answer.status == 202
    assert (message.instance_id, message.run) == ("b", "")


async def test_an_event_for_an_id_that_is_not_legal_is_refused(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/b~/events/approval", 1)

    assert (answer.status, answer.locations) == (422, ["instance_id"])


@pytest.mark.parametrize("status", ENDED)
@pytest.mark.parametrize("verb", ["events/approval", "terminate"])
async def test_a_signal_to_an_ended_instance_is_refused(world: ApiWorld, verb: str, status: Status) -> None:
    await world.put_head(world.a_head(status=status))

    answer = await world.client().post(f"/instances/a/{verb}", 1)

    assert (answer.status, answer.problem) == (410, "ended")
    assert status.value in answer.json["detail"]


async def test_a_payload_over_the_limit_is_too_large(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/a/events/approval", "x" * PAYLOAD_BYTES_MAX)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_a_payload_that_the_broker_finds_too_large_is_too_large(world: ApiWorld) -> None:
    broker = FaultyBroker(world.broker, [MessageTooLarge("expected at most 262144 bytes")])

    answer = await world.client(broker=broker).post("/instances/a/events/approval", 1)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_a_payload_that_is_no_json_is_malformed(world: ApiWorld) -> None:
    answer = await world.client().post("/instances/a/events/approval", b"{")

    assert (answer.status, answer.problem) == (400, "malformed")


async def test_a_broker_that_does_not_confirm_is_a_passing_fault(world: ApiWorld) -> None:
    broker = FaultyBroker(world.broker, [BrokerUnavailable("no connection")])

    answer = await world.client(broker=broker).post("/instances/a/events/approval", 1)

    assert (answer.status, answer.problem) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
