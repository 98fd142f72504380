"""Publishes an event within a trace of the application: to the ingestor, or to topic `events` with the plain SDK."""

import json

import aiohttp
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from opentelemetry import propagate, trace

CONTENT_TYPE = "application/cloudevents+json"
tracer = trace.get_tracer("shop")


async def post_event(ingestor: str, event: dict[str, object]) -> None:
    """What is current goes along in the headers of the request."""
    headers = {"Content-Type": CONTENT_TYPE}
    with tracer.start_as_current_span("order"):
        propagate.inject(headers)
        async with aiohttp.ClientSession() as session, session.post(ingestor, json=event, headers=headers) as answer:
            answer.raise_for_status()


async def send_event(connection: str, event: dict[str, object]) -> None:
    """What is current goes along in the properties of the message."""
    message = ServiceBusMessage(json.dumps(event), content_type=CONTENT_TYPE, application_properties={})
    client = ServiceBusClient.from_connection_string(connection)
    async with client, client.get_topic_sender("events") as topic:
        with tracer.start_as_current_span("order", kind=trace.SpanKind.PRODUCER):
            propagate.inject(message.application_properties)
            await topic.send_messages(message)
