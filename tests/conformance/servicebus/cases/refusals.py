"""What is refused, and by which error of the SDK."""

import base64
import hmac
from datetime import datetime
from urllib.parse import quote_plus

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
)

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, trust
from tests.conformance.servicebus.entities import queue, topic

refusals = Area("refusals", "Service Bus messaging exceptions", "aio")

SIGNATURES = "Service Bus access control with shared access signatures"
LIVE = "Live tests of azure-servicebus (test_sb_client)"
NO_ACCESS = (ServiceBusAuthenticationError, ServiceBusAuthorizationError)


def _parts(bus: Bus) -> dict[str, str]:
    return {
        name: value for name, _, value in (each.partition("=") for each in bus.connection_string.split(";") if each)
    }


def _signed_for(bus: Bus, entity: str, until: datetime) -> ServiceBusClient:
    """A client with a signature for one entity in place of the key."""
    parts = _parts(bus)
    resource = quote_plus(f"{parts['Endpoint'].rstrip('/')}/{entity}")
    expiry = str(int(until.timestamp()))
    digest = hmac.new(parts["SharedAccessKey"].encode(), f"{resource}\n{expiry}".encode(), "sha256").digest()
    signature = quote_plus(base64.b64encode(digest))
    token = f"SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={parts['SharedAccessKeyName']}"
    kept = [f"{name}={value}" for name, value in parts.items() if not name.startswith("SharedAccess")]
    text = ";".join([*kept, f"SharedAccessSignature={token}"])
    return ServiceBusClient.from_connection_string(text, retry_total=0, ssl_context=trust())


def _other(bus: Bus, part: str, value: str) -> ServiceBusClient:
    """A client whose connection string has another value in one of its parts."""
    changed = ";".join(f"{name}={old}" for name, old in (_parts(bus) | {part: value}).items())
    return ServiceBusClient.from_connection_string(changed, retry_total=0, ssl_context=trust())


@refusals.case(documented=LIVE)
async def a_sender_to_an_entity_that_is_not_there_is_refused(bus: Bus) -> None:
    """No token is taken for a sender to an entity that is not there."""
    with pytest.raises(ServiceBusAuthenticationError):
        await bus.send("conformance-nowhere", "one")


@refusals.case(documented=LIVE)
async def a_receiver_of_an_entity_that_is_not_there_is_refused(bus: Bus) -> None:
    """No token is taken for a receiver of an entity that is not there."""
    with pytest.raises(ServiceBusAuthenticationError):
        async with bus.new_receiver("conformance-nowhere"):
            pass


@refusals.case(topic("first"), documented=LIVE)
async def a_receiver_of_a_subscription_that_is_not_there_is_refused(bus: Bus, news: str) -> None:
    """No token is taken for a receiver of a subscription that is not there."""
    with pytest.raises(ServiceBusAuthenticationError):
        async with bus.new_receiver(f"{news}/second"):
            pass


@refusals.case(topic("first"))
async def a_topic_itself_can_not_be_received_from(bus: Bus, news: str) -> None:
    """A topic itself can't be received from."""
    with pytest.raises(ServiceBusError):
        async with bus.client.get_queue_receiver(news):
            pass


@refusals.case(topic("first"))
async def a_subscription_can_not_be_sent_to(bus: Bus, news: str) -> None:
    """A subscription can't be sent to."""
    with pytest.raises(ServiceBusError):
        await bus.send(f"{news}/Subscriptions/first", "one")


@refusals.case(queue(), documented=SIGNATURES)
async def a_wrong_key_is_refused(bus: Bus, orders: str) -> None:
    async with _other(bus, "SharedAccessKey", "d3Jvbmc=") as client:
        with pytest.raises(NO_ACCESS):
            async with client.get_queue_sender(orders) as sender:
                await sender.send_messages(ServiceBusMessage("one"))


@refusals.case(queue(), documented=SIGNATURES)
async def the_name_of_a_key_that_is_not_there_is_refused(bus: Bus, orders: str) -> None:
    async with _other(bus, "SharedAccessKeyName", "nobody") as client:
        with pytest.raises(NO_ACCESS):
            async with client.get_queue_sender(orders) as sender:
                await sender.send_messages(ServiceBusMessage("one"))


@refusals.case(queue(), documented=SIGNATURES)
async def a_wrong_key_can_not_receive_either(bus: Bus, orders: str) -> None:
    """A wrong key can't receive either."""
    async with _other(bus, "SharedAccessKey", "d3Jvbmc=") as client:
        with pytest.raises(NO_ACCESS):
            async with client.get_queue_receiver(orders):
                pass


@refusals.case(queue(), documented=SIGNATURES)
async def a_signature_for_the_entity_is_enough(bus: Bus, orders: str) -> None:
    """Who has no key but a signature for an entity may use that entity."""
    async with _signed_for(bus, orders, bus.later(600)) as client, client.get_queue_sender(orders) as sender:
        await sender.send_messages(ServiceBusMessage("one"))

    assert len(await bus.peek(orders)) == 1


@refusals.case(queue(), documented=SIGNATURES)
async def a_signature_that_has_expired_is_refused(bus: Bus, orders: str) -> None:
    async with _signed_for(bus, orders, bus.later(-600)) as client:
        with pytest.raises(NO_ACCESS):
            async with client.get_queue_receiver(orders):
                pass


@refusals.case(queue(), queue(), documented=SIGNATURES)
async def a_signature_for_another_entity_is_refused(bus: Bus, orders: str, others: str) -> None:
    async with _signed_for(bus, others, bus.later(600)) as client:
        with pytest.raises(NO_ACCESS):
            async with client.get_queue_receiver(orders):
                pass


@refusals.case(queue())
async def a_client_bound_to_one_entity_takes_no_other(bus: Bus, orders: str) -> None:
    """A connection string that names an entity is good for that entity alone."""
    bound = bus.connection_string.rstrip(";") + f";EntityPath={orders}"
    async with ServiceBusClient.from_connection_string(bound, ssl_context=trust()) as client:
        with pytest.raises(ValueError, match="does not match"):
            client.get_queue_sender("conformance-another")
        async with client.get_queue_sender(orders) as sender:
            await sender.send_messages(ServiceBusMessage("one"))

    assert len(await bus.peek(orders)) == 1
