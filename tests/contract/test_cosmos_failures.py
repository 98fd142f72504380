from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import orjson
import pytest

from durable.adapters.cosmos import CosmosStore, store_from
from durable.errors import Refusal, SettingsInvalid, WriteRefused, WriteUncertain
from durable.ports import Create, Read
from durable.settings import CosmosSettings
from emulators.cosmos.server import CosmosEndpoint
from emulators.cosmos.wire.message import Request, Response
from tests.support.cosmos_endpoint import running_endpoint, settings_for
from tests.support.store_world import a_record

Alter = Callable[[Request, Response], Response]
BATCH = b"x-ms-cosmos-is-batch-request"


@dataclass
class Wire:
    """What passes between the store and its endpoint; `alter` changes answers on their way back."""

    alter: Alter = lambda _, response: response
    requests: list[Request] = field(default_factory=list)


@dataclass(frozen=True)
class Altered:
    endpoint: CosmosEndpoint
    wire: Wire
    settings: CosmosSettings


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Altered]:
    wire = Wire()
    async with running_endpoint() as endpoint:
        handle = endpoint.gateway.handle

        def passed(request: Request) -> Response:
            wire.requests.append(request)
            return wire.alter(request, handle(request))

        monkeypatch.setattr(endpoint.gateway, "handle", passed)
        yield Altered(endpoint, wire, settings_for(endpoint))


@pytest.fixture
async def store(world: Altered) -> AsyncIterator[CosmosStore]:
    store = await store_from(world.settings)
    yield store
    await store.close()


def answering_batches(status: int, body: bytes = b"{}", *extra: tuple[bytes, bytes]) -> Alter:
    def alter(request: Request, response: Response) -> Response:
        return Response(status, [*response.headers, *extra], body) if BATCH in request.headers else response

    return alter


@pytest.mark.parametrize("status", [401, 403, 404, 408, 410, 429, 449, 500, 503])
async def test_an_answer_that_decides_nothing_leaves_the_batch_uncertain(
    world: Altered, store: CosmosStore, status: int
) -> None:
    world.wire.alter = answering_batches(status, b"{}", (b"x-ms-retry-after-ms", b"1"))

    with pytest.raises(WriteUncertain, match=f"(?s)batch of 1 operations.*{status}"):
        await store.write("001", [Create(a_record("a"))])


async def test_a_batch_whose_answer_was_lost_says_so_when_it_is_repeated(world: Altered, store: CosmosStore) -> None:
    world.wire.alter = answering_batches(408)
    with pytest.raises(WriteUncertain):
        await store.write("001", [Create(a_record("a"))])

    world.wire.alter = lambda _, response: response
    with pytest.raises(WriteRefused) as caught:
        await store.write("001", [Create(a_record("a"))])

    assert caught.value.refusal is Refusal.EXISTS


@pytest.mark.parametrize("status", [408, 429, 449, 500])
async def test_one_throttled_or_failing_operation_leaves_the_batch_uncertain(
    world: Altered, store: CosmosStore, status: int
) -> None:
    results = [{"statusCode": 424, "requestCharge": 0}, {"statusCode": status, "requestCharge": 0}]
    world.wire.alter = answering_batches(207, orjson.dumps(results))

    with pytest.raises(WriteUncertain, match=f"operation 1 got status {status}"):
        await store.write("001", [Read("~owner~1"), Create(a_record("a"))])


async def test_a_read_that_fails_is_uncertain_and_not_missing(world: Altered, store: CosmosStore) -> None:
    lagging = (b"x-ms-substatus", b"1002")
    world.wire.alter = lambda _, response: Response(404, [*response.headers, lagging], b"{}")

    with pytest.raises(WriteUncertain):
        await store.read("001", "a")


async def test_a_read_passes_the_token_of_a_write_on(world: Altered, store: CosmosStore) -> None:
    receipt = await store.write("001", [Create(a_record("a"))])
    other = await store_from(world.settings)

    await other.read("001", "a", receipt.token)

    await other.close()
    (read,) = [request for request in world.wire.requests if request.path.rstrip("/").endswith("/docs/a")]
    assert receipt.token is not None
    assert read.headers[b"x-ms-session-token"].decode() == receipt.token


async def test_a_batch_asks_for_no_records_back_and_is_one_request(world: Altered, store: CosmosStore) -> None:
    await store.write("001", [Create(a_record("warm"))])
    world.wire.requests.clear()

    await store.write("001", [Create(a_record("a")), Create(a_record("b"))])

    (request,) = [request for request in world.wire.requests if request.method == "POST"]
    assert request.headers[b"prefer"] == b"return=minimal"


async def test_the_meter_counts_every_request_and_what_it_cost(world: Altered, store: CosmosStore) -> None:
    before = replace(store.meter)
    receipt = await store.write("001", [Create(a_record("a"))])
    world.wire.alter = answering_batches(429, b"{}", (b"x-ms-retry-after-ms", b"1"))
    with pytest.raises(WriteUncertain):
        await store.write("001", [Create(a_record("b"))])

    assert store.meter.charge - before.charge >= receipt.charge > 0
    assert store.meter.requests in (len(world.wire.requests), len(world.wire.requests) + 1)  # One may be on its way.
    assert store.meter.throttled >= 2


async def test_an_account_with_several_write_regions_is_refused(world: Altered) -> None:
    def several(request: Request, response: Response) -> Response:
        if request.path != "/":
            return response
        account = orjson.loads(response.body) | {"enableMultipleWriteLocations": True}
        return Response(200, response.headers, orjson.dumps(account))

    world.wire.alter = several

    with pytest.raises(SettingsInvalid, match="one write region"):
        await store_from(world.settings)


async def test_a_missing_database_is_said(world: Altered) -> None:
    with pytest.raises(SettingsInvalid, match=r"COSMOS_DATABASE.*'nowhere'"):
        await store_from(replace(world.settings, database="nowhere"))


async def test_an_endpoint_that_is_down_leaves_opening_uncertain_and_nothing_behind(world: Altered) -> None:
    with pytest.raises(WriteUncertain, match="opening"):
        await store_from(replace(world.settings, endpoint="http://127.0.0.1:9"))


async def test_an_endpoint_that_went_down_leaves_reads_and_writes_uncertain() -> None:
    async with running_endpoint() as endpoint:
        store = await store_from(settings_for(endpoint))
        await store.write("001", [Create(a_record("a"))])

    with pytest.raises(WriteUncertain):
        await store.write("001", [Create(a_record("b"))])
    with pytest.raises(WriteUncertain):
        await store.read("001", "a")
    await store.close()
