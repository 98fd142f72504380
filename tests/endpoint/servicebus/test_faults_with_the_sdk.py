import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    MessageLockLostError,
    ServiceBusQuotaExceededError,
    ServiceBusServerBusyError,
    SessionLockLostError,
)

from emulators.servicebus import faults
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.testing import ManualClock, queue, servicebus_endpoint
from tests.support.hurried_sdk import hurry_sdk
from tests.support.servicebus_endpoint import close_forgotten_connections

pytestmark = pytest.mark.asyncio(loop_scope="module")
NO_RETRY: dict[str, Any] = {"retry_total": 0}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def endpoint() -> AsyncIterator[ServiceBusEndpoint]:
    names = ("sends", "answers", "locks", "settles", "doubles")
    queues = [queue(name) for name in names]
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        sessions = queue("sessions", requires_session=True)
        async with servicebus_endpoint(*queues, sessions, clock=ManualClock(), http=True, sockets=False) as running:
            yield running


def client_of(endpoint: ServiceBusEndpoint, **options: Any) -> ServiceBusClient:
    return ServiceBusClient.from_connection_string(endpoint.connection_string, **options)


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("com.microsoft:server-busy", ServiceBusServerBusyError),
        ("amqp:resource-limit-exceeded", ServiceBusQuotaExceededError),
    ],
)
async def test_a_refused_send_is_the_error_of_its_condition(
    endpoint: ServiceBusEndpoint, condition: str, error: type[Exception]
) -> None:
    with endpoint.faults.during(faults.Refuse(entity="sends", condition=condition)):
        async with client_of(endpoint, **NO_RETRY) as client, client.get_queue_sender("sends") as sender:
            with pytest.raises(error):
                await sender.send_messages(ServiceBusMessage("x"))


async def test_a_connection_that_drops_after_the_write_makes_the_client_send_twice(
    endpoint: ServiceBusEndpoint,
) -> None:
    with endpoint.faults.during(faults.DropConnection(at="transfer", entity="answers")):
        async with (
            client_of(endpoint, retry_backoff_factor=0) as client,
            client.get_queue_sender("answers") as sender,
        ):
            await sender.send_messages(ServiceBusMessage("x"))

    await close_forgotten_connections()
    assert endpoint.counts()["answers"].active == 2


async def test_a_holder_learns_of_its_lost_lock_when_it_settles(endpoint: ServiceBusEndpoint) -> None:
    with endpoint.faults.during(faults.ExpireLock(at="disposition", entity="locks")):
        async with client_of(endpoint, **NO_RETRY) as client:
            async with client.get_queue_sender("locks") as sender:
                await sender.send_messages(ServiceBusMessage("x"))
            async with client.get_queue_receiver("locks") as receiver:
                (message,) = await receiver.receive_messages(max_wait_time=5)
                with pytest.raises(MessageLockLostError):
                    await receiver.complete_message(message)
                (again,) = await receiver.receive_messages(max_wait_time=5)

    assert again.delivery_count == 1


async def test_a_receiver_whose_session_was_stolen_is_told(endpoint: ServiceBusEndpoint) -> None:
    async with client_of(endpoint, **NO_RETRY) as client:
        async with client.get_queue_sender("sessions") as sender:
            await sender.send_messages(ServiceBusMessage("x", session_id="one"))
        async with client.get_queue_receiver("sessions", session_id="one") as receiver:
            (message,) = await receiver.receive_messages(max_wait_time=5)
            endpoint.faults.add(faults.StealSession(name="theft", session="one", hold=timedelta(0)))
            endpoint.faults.remove("theft")
            with pytest.raises(SessionLockLostError):
                await receiver.complete_message(message)


async def test_a_lost_settle_looks_like_a_done_one(endpoint: ServiceBusEndpoint) -> None:
    with endpoint.faults.during(faults.LoseSettle(entity="settles")):
        async with client_of(endpoint) as client:
            async with client.get_queue_sender("settles") as sender:
                await sender.send_messages(ServiceBusMessage("x"))
            async with client.get_queue_receiver("settles") as receiver:
                (message,) = await receiver.receive_messages(max_wait_time=5)
                await receiver.complete_message(message)

    assert endpoint.counts()["settles"].active == 1


async def test_a_receiver_gets_the_same_message_twice(endpoint: ServiceBusEndpoint) -> None:
    with endpoint.faults.during(faults.DuplicateDelivery(entity="doubles")):
        async with client_of(endpoint, **NO_RETRY) as client:
            async with client.get_queue_sender("doubles") as sender:
                await sender.send_messages(ServiceBusMessage("x"))
            async with client.get_queue_receiver("doubles") as receiver:
                found = await receiver.receive_messages(max_message_count=5, max_wait_time=5)
                await receiver.complete_message(found[0])
                with pytest.raises(MessageLockLostError):
                    await receiver.complete_message(found[1])

    assert found[0].sequence_number == found[1].sequence_number


async def test_faults_are_set_and_listed_over_http(endpoint: ServiceBusEndpoint) -> None:
    def ask(method: str, path: str = "", body: bytes | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(f"{endpoint.http_url}/faults{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=5) as response:
            text = response.read()
            return int(response.status), json.loads(text) if text else None

    fault = {"kind": "dead-letter", "name": "d", "entity": "sends"}
    set_ = await asyncio.to_thread(ask, "POST", "", json.dumps([fault]).encode())
    listed = await asyncio.to_thread(ask, "GET")
    removed = await asyncio.to_thread(ask, "DELETE", "/d")

    state = {"seen": 0, "hits": 0, "over": False}
    assert set_ == (201, {"faults": [{**fault, **state}]})
    assert listed == (200, {"faults": [{**fault, **state}]})
    assert removed == (204, None)
    assert endpoint.faults.listing() == []
