"""What the ingestor reads from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from durable.settings import Environment, ServiceBusSettings, ServingSettings, servicebus_settings, serving_settings
from ingestor.dependencies import EVENT_BYTES_MAX, UPLOAD_BYTES_MAX, Limits

UPLOAD_BYTES_LIMIT = 10 * 1024**3


@dataclass(frozen=True, slots=True)
class IngestorSettings:
    """Where the ingestor listens, publishes and stores, and how much it takes."""

    servicebus: ServiceBusSettings
    serving: ServingSettings
    object_store_url: str
    limits: Limits


def read_settings(values: Mapping[str, str]) -> IngestorSettings:
    """Read the environment.

    Raises:
        SettingsInvalid: it does not describe an ingestor; says every fault.
    """
    environment = Environment(values)
    settings = IngestorSettings(
        servicebus=servicebus_settings(environment),
        serving=serving_settings(environment),
        object_store_url=environment.text("OBJECT_STORE_URL"),
        limits=Limits(
            event_bytes=environment.number("INGEST_BODY_BYTES_MAX", EVENT_BYTES_MAX, least=1, most=EVENT_BYTES_MAX),
            upload_bytes=environment.number("UPLOAD_BYTES_MAX", UPLOAD_BYTES_MAX, least=1, most=UPLOAD_BYTES_LIMIT),
        ),
    )
    environment.done()
    return settings
