import asyncio

import pytest

from durable import Status
from durable.events import SagaStarted
from durable.ids import partition_of, run_id
from durable.payload import PAYLOAD_BYTES_MAX
from durable.trace import is_traceparent
from tests.support.api_world import PARTITIONS, ApiWorld

CALLERS_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def test_a_start_creates_a_pending_head_and_sends_the_start_that_it_holds(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/pay/instances?instance_id=order-7", {"amount": 5})

    head = await world.head("order-7")
    assert answer.status == 202
    assert head is not None
    assert (head.status, head.saga, head.version, head.input) == (Status.PENDING, "pay", "3", {"amount": 5})
    assert head.run == run_id(head.start)
    assert head.created_at == head.updated_at == world.clock.now()
    (message,) = await world.messages("order-7")
    assert message.event == SagaStarted(saga="pay", version="3", input={"amount": 5}, message_id=head.start)
    assert message.id == head.start
    stored = await world.store.read(head.partition, "order-7")
    assert stored is not None
    assert message.head_etag == stored.etag


async def test_the_start_travels_to_the_session_of_its_partition(world: ApiWorld) -> None:
    await world.client().post("/sagas/tick/instances?instance_id=order-7")

    (delivery,) = await world.deliveries("order-7")
    assert delivery.session == partition_of("order-7", PARTITIONS)


async def test_the_answer_names_the_instance_and_its_links(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/tick/instances?instance_id=a:1")

    origin = "http://api.example:8080/instances/a:1"
    assert answer.json == {
        "id": "a:1",
        "statusQueryGetUri": origin,
        "historyGetUri": f"{origin}/history",
        "sendEventPostUri": f"{origin}/events/{{eventName}}",
        "cancelPostUri": f"{origin}/cancel?reason={{text}}",
        "terminatePostUri": f"{origin}/terminate?reason={{text}}",
        "suspendPostUri": f"{origin}/suspend?reason={{text}}",
        "resumePostUri": f"{origin}/resume?reason={{text}}",
        "retryPostUri": f"{origin}/retry?reason={{text}}",
        "rewindPostUri": f"{origin}/rewind?to={{sequence}}&reason={{text}}",
        "restartPostUri": f"{origin}/restart",
        "purgeHistoryDeleteUri": origin,
    }
    assert answer.headers["location"] == origin
    assert answer.headers["retry-after"] == "1"


async def test_without_an_id_one_is_made(world: ApiWorld) -> None:
    client = world.client()

    first, second = [(await client.post("/sagas/tick/instances")).json["id"] for _ in range(2)]

    assert first != second
    assert await world.head(first) is not None


async def test_the_trace_of_the_caller_is_kept_in_the_head_and_sent_along(world: ApiWorld) -> None:
    headers = {"traceparent": CALLERS_TRACE, "tracestate": "a=1", "baggage": "tenant=x"}

    await world.client().post("/sagas/tick/instances?instance_id=a", None, headers)

    head = await world.head("a")
    (message,) = await world.messages("a")
    assert head is not None
    assert head.trace == message.trace == headers


async def test_without_a_trace_one_is_begun(world: ApiWorld) -> None:
    await world.client().post("/sagas/tick/instances?instance_id=a", None, {"traceparent": "nonsense"})

    (message,) = await world.messages("a")
    assert is_traceparent(message.trace["traceparent"])


async def test_an_unknown_saga_is_not_found_and_the_known_ones_are_named(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/ship/instances", {})

    assert (answer.status, answer.problem) == (404, "not-found")
    assert answer.json["detail"] == "there is no saga 'ship'. Known sagas: pay, sweep, tick"


@pytest.mark.parametrize("illegal", ["a/b", "a~b", "%C3%A4", "", "a" * 129, "..", "a%0A"])
async def test_an_illegal_instance_id_is_refused_with_the_rule(world: ApiWorld, illegal: str) -> None:
    answer = await world.client().post(f"/sagas/tick/instances?instance_id={illegal}")

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == ["instance_id"]
    assert "expected an instance id" in answer.json["detail"]


async def test_an_input_that_does_not_fit_is_refused_with_each_fault_and_nothing_starts(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/pay/instances?instance_id=a", {"amount": 0, "note": 7})

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == ["amount", "note"]
    assert await world.head("a") is None
    assert await world.messages("a") == []


async def test_an_input_for_a_saga_that_takes_none_is_refused(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/tick/instances", {"amount": 1})

    assert (answer.status, answer.problem) == (422, "invalid")


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"amount": NaN}', b"[" * 5000])
async def test_a_body_that_is_no_json_is_malformed(world: ApiWorld, body: bytes) -> None:
    answer = await world.client().post("/sagas/pay/instances", body)

    assert (answer.status, answer.problem) == (400, "malformed")


async def test_a_body_over_the_limit_is_too_large_whether_or_not_it_says_so(world: ApiWorld) -> None:
    body = b'{"amount": 1, "note": "' + b"x" * PAYLOAD_BYTES_MAX + b'"}'
    client = world.client()

    declared = await client.post("/sagas/pay/instances", body, {"content-length": str(len(body))})
    chunked = await client.send("POST", "/sagas/pay/instances", [body[:1000], body[1000:]])

    assert [answer.problem for answer in (declared, chunked)] == ["too-large", "too-large"]


async def test_an_input_that_grows_over_the_limit_as_json_is_too_large(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.operations.catalogue.PAYLOAD_BYTES_MAX", 240 * 1024)
    body = b'{"amount": 1, "more": [' + b",".join([b"1e15"] * 40_000) + b"]}"

    answer = await world.client().post("/sagas/pay/instances", body)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_an_instance_id_that_exists_is_refused_and_harms_nothing(world: ApiWorld) -> None:
    client = world.client()
    await client.post("/sagas/pay/instances?instance_id=a", {"amount": 1})

    answer = await client.post("/sagas/pay/instances?instance_id=a", {"amount": 2})

    head = await world.head("a")
    assert (answer.status, answer.problem) == (409, "exists")
    assert head is not None
    assert head.input == {"amount": 1}
    assert len(await world.messages("a")) == 1


async def test_starts_of_one_id_at_once_give_one_instance(world: ApiWorld) -> None:
    client = world.client()

    answers = await asyncio.gather(
        *(client.post("/sagas/pay/instances?instance_id=a", {"amount": n}) for n in range(1, 9))
    )

    assert sorted(answer.status for answer in answers) == [202] + 7 * [409]
    assert len(await world.messages("a")) == 1


@pytest.mark.parametrize(("said", "scheme"), [("https", "https"), ("http", "http"), ("ftp", "http"), ("", "http")])
async def test_the_links_are_those_of_an_ingress_that_ends_tls(said: str, scheme: str) -> None:
    answer = await ApiWorld().client().post("/sagas/tick/instances", headers={"X-Forwarded-Proto": said})

    assert answer.json["statusQueryGetUri"].startswith(f"{scheme}://api.example:8080/instances/")
