import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from durable.adapters.memory import ManualClock
from emulators.cosmos import CosmosEndpoint, faults
from emulators.cosmos.faults.fate import Ending, Unanswered
from emulators.cosmos.wire import headers
from emulators.faults import Fault, FaultError
from tests.support.cosmos_requests import CONTAINER, create, query, send, shop

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2031, 5, 1, 12, tzinfo=UTC))


@pytest.fixture
def endpoint(clock: ManualClock) -> CosmosEndpoint:
    return shop(clock=clock.now)


def put(endpoint: CosmosEndpoint, name: str = "1", customer: Any = "ada") -> int:
    return create(endpoint, {"id": name, "customer": customer}).status


def read(endpoint: CosmosEndpoint, name: str = "1", **more: str) -> int:
    return send(endpoint, "GET", f"{CONTAINER}/docs/{name}", x_ms_documentdb_partitionkey='["ada"]', **more).status


def batch(endpoint: CosmosEndpoint, *names: str) -> Any:
    operations = [{"operationType": "Create", "resourceBody": {"id": name, "customer": "ada"}} for name in names]
    fields = {"x_ms_cosmos_is_batch_request": "True", "x_ms_documentdb_partitionkey": '["ada"]'}
    return send(endpoint, "POST", f"{CONTAINER}/docs", operations, **fields)


def hits(endpoint: CosmosEndpoint) -> list[int]:
    return [each.hits for each in endpoint.faults.listing()]


@pytest.mark.parametrize(("status", "substatus"), [(408, 0), (410, 1002), (429, 3200), (449, 0), (503, 20_001)])
def test_a_request_is_refused_with_status_substatus_and_the_time_to_wait(
    endpoint: CosmosEndpoint, status: int, substatus: int
) -> None:
    endpoint.faults.add(faults.Refuse(status=status, substatus=substatus, retry_after=SECOND))

    response = create(endpoint, {"id": "1", "customer": "ada"})

    assert response.status == status
    assert int(response.header(headers.SUBSTATUS) or 0) == substatus
    assert response.header(headers.RETRY_AFTER_MS) == b"1000"
    assert read(endpoint) == 404


def test_throttling_says_how_long_to_wait(endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.Throttle(count=2))

    assert [put(endpoint), put(endpoint), put(endpoint)] == [429, 429, 201]


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ({"request": "create"}, 503),
        ({"request": "read"}, 201),
        ({"container": "orders"}, 503),
        ({"container": "shop/orders"}, 503),
        ({"container": "shop"}, 201),
        ({"partition_key": "ada"}, 503),
        ({"partition_key": ["ada"]}, 503),
        ({"partition_key": "bob"}, 201),
        ({"id": "1"}, 503),
        ({"id": "2"}, 201),
        ({"reader": "python"}, 201),
    ],
)
def test_a_fault_means_requests_of_one_kind_container_key_id_or_reader(
    endpoint: CosmosEndpoint, place: dict[str, Any], status: int
) -> None:
    endpoint.faults.add(faults.Refuse(status=503, **place))

    assert put(endpoint) == status


def test_a_fault_means_a_batch_by_the_id_of_one_of_its_items(endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.Refuse(status=449, id="2"))

    assert [batch(endpoint, "3", "4").status, batch(endpoint, "1", "2").status] == [200, 449]


def test_only_requests_for_items_are_meant_unless_a_kind_is_named(endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.Refuse(status=503, count=None), faults.Refuse(status=410, request="pkranges"))

    assert send(endpoint, "GET", CONTAINER).status == 200
    assert send(endpoint, "GET", f"{CONTAINER}/pkranges").status == 410


def test_one_operation_of_a_batch_fails_and_nothing_is_applied(endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.FailOperation(operation=1))

    assert put(endpoint, "0") == 201
    response = batch(endpoint, "1", "2", "3")

    assert response.status == 207
    assert [each["statusCode"] for each in json.loads(response.body)] == [424, 429, 424]
    assert read(endpoint) == 404


@pytest.mark.parametrize(
    ("fault", "ending", "status"),
    [
        (faults.LoseAnswer(), Ending.UNANSWERED, 200),
        (faults.DropConnection(), Ending.DROPPED, 200),
        (faults.DropConnection(when="before"), Ending.DROPPED, 404),
    ],
)
def test_an_answer_is_lost_though_the_write_happened_or_not(
    endpoint: CosmosEndpoint, fault: Fault, ending: Ending, status: int
) -> None:
    endpoint.faults.add(fault)

    with pytest.raises(Unanswered) as caught:
        put(endpoint)

    assert caught.value.ending is ending
    assert read(endpoint) == status


def test_a_reader_without_a_token_sees_things_as_they_were_when_the_fault_was_set(endpoint: CosmosEndpoint) -> None:
    put(endpoint)
    endpoint.faults.add(faults.StaleRead(count=None, reader="late"))

    put(endpoint, "2")

    assert [read(endpoint, name, user_agent="a late reader") for name in ("1", "2")] == [200, 404]
    assert [each["id"] for each in query(endpoint, "SELECT * FROM c", user_agent="late")] == ["1"]
    assert read(endpoint, "2", user_agent="another") == 200


def test_a_reader_lags_behind_by_a_time_and_then_sees_the_very_same_document(
    endpoint: CosmosEndpoint, clock: ManualClock
) -> None:
    endpoint.faults.add(faults.StaleRead(count=None, lag=5 * SECOND))

    written = create(endpoint, {"id": "1", "customer": "ada"})
    clock.advance(4 * SECOND)
    at_first = read(endpoint)
    clock.advance(SECOND)
    (found,) = query(endpoint, "SELECT * FROM c")

    assert at_first == 404
    assert found == json.loads(written.body)


def test_a_read_with_the_session_token_of_a_write_sees_it(endpoint: CosmosEndpoint) -> None:
    first = create(endpoint, {"id": "1", "customer": "ada"}).header(headers.SESSION_TOKEN) or b""
    endpoint.faults.add(faults.StaleRead(count=None))
    second = create(endpoint, {"id": "2", "customer": "ada"}).header(headers.SESSION_TOKEN) or b""

    assert read(endpoint, "2", x_ms_session_token=second.decode()) == 200
    assert read(endpoint, "2", x_ms_session_token=first.decode()) == 404


def test_the_clock_is_ahead_while_the_fault_is_set(endpoint: CosmosEndpoint) -> None:
    with endpoint.faults.during(faults.ClockOffset(offset=timedelta(hours=1))):
        put(endpoint, "1")
    put(endpoint, "2")

    ahead, now = [each["_ts"] for each in query(endpoint, "SELECT * FROM c")]

    assert ahead - now == 3600


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"kind": "refuse"}, "A fault of kind 'refuse' needs the property 'status'."),
        ({"kind": "refuse", "status": 200}, "'status' must be that of an error; found 200."),
        ({"kind": "stale-read", "request": "create"}, "'request' must be that of a read; found 'create'."),
        ({"kind": "fail-operation", "request": "read"}, "'request' can only be 'batch'; found 'read'."),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(endpoint: CosmosEndpoint, content: dict[str, Any], text: str) -> None:
    with pytest.raises(FaultError) as caught:
        endpoint.faults.read(content)

    assert str(caught.value) == text
