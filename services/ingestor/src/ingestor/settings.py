"""What the ingestor reads from its environment."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from durable.http.entrance import EntranceSettings, entrance_settings
from durable.settings import (
    Environment,
    ServiceBusSettings,
    ServingSettings,
    check_host_name,
    check_local,
    is_place,
    servicebus_settings,
    serving_settings,
    shown,
)
from durable.telemetry.settings import TelemetrySettings, telemetry_settings
from ingestor.blob_events import container_of
from ingestor.dependencies import EVENT_BYTES_MAX, UPLOAD_BYTES_MAX, WAITING_EVENTS_MAX, Limits
from ingestor.sources.options import EventHubOptions, StorageQueueOptions, WatchOptions

UPLOAD_BYTES_LIMIT = 10 * 1024**3


@dataclass(frozen=True, slots=True)
class IngestorSettings:
    """Where the ingestor listens and to whom, publishes and stores, how much it takes, where else events come from."""

    servicebus: ServiceBusSettings
    serving: ServingSettings
    entrance: EntranceSettings
    object_store_url: str
    limits: Limits
    blob_container_url: str
    blob_events_folder: str
    webhook_origins: frozenset[str]
    telemetry: TelemetrySettings
    storage_queue: StorageQueueOptions | None = None
    event_hub: EventHubOptions | None = None
    watch: WatchOptions | None = None


def read_settings(values: Mapping[str, str]) -> IngestorSettings:
    """Read the environment.

    Raises:
        SettingsInvalid: it does not describe an ingestor; says every fault.
    """
    environment = Environment(values)
    object_store_url = environment.text("OBJECT_STORE_URL")
    limits = _limits(environment)
    serving, servicebus = serving_settings(environment), servicebus_settings(environment)
    settings = IngestorSettings(
        servicebus=servicebus,
        serving=serving,
        entrance=entrance_settings(environment, serving.host),
        object_store_url=object_store_url,
        limits=limits,
        blob_container_url=_blob_container(environment, object_store_url),
        blob_events_folder=environment.text("BLOB_EVENTS_FOLDER", "inbox"),
        webhook_origins=frozenset(environment.text("WEBHOOK_ORIGINS", "*").lower().split()),
        telemetry=telemetry_settings(environment, "ingestor", serving.replica, servicebus),
        storage_queue=_storage_queue(environment),
        event_hub=_event_hub(environment),
        watch=_watch(environment, limits),
    )
    environment.done()
    return settings


def _limits(environment: Environment) -> Limits:
    return Limits(
        event_bytes=environment.number("INGEST_BODY_BYTES_MAX", EVENT_BYTES_MAX, least=1, most=EVENT_BYTES_MAX),
        upload_bytes=environment.number("UPLOAD_BYTES_MAX", UPLOAD_BYTES_MAX, least=1, most=UPLOAD_BYTES_LIMIT),
        waiting_events=environment.number("INGEST_WAITING_MAX", WAITING_EVENTS_MAX, least=1, most=1_000_000),
    )


def _blob_container(environment: Environment, object_store_url: str) -> str:
    url = environment.text("BLOB_CONTAINER_URL", container_of(object_store_url))
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.path.strip("/")):
        environment.fault(
            "BLOB_CONTAINER_URL", "expected https://<account>.blob.core.windows.net/<container>", repr(url)
        )
    return url


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _storage_queue(environment: Environment) -> StorageQueueOptions | None:
    url, key = environment.text("STORAGE_QUEUE_URL", ""), environment.text("STORAGE_QUEUE_KEY", "")
    deliveries_max = environment.number("STORAGE_QUEUE_DELIVERIES_MAX", 5, least=1, most=100)
    seconds = environment.number("STORAGE_QUEUE_VISIBILITY_SECONDS", 60, least=2, most=86_400)
    parts = urlsplit(url)
    if url and (not is_place(url, "http", "https") or not parts.path.strip("/")):
        expected = "expected https://<account>.queue.core.windows.net/<queue>, without a signature or a key"
        environment.fault("STORAGE_QUEUE_URL", expected, shown(url))
    if bool(key) != (parts.scheme == "http") or (key and not _is_base64(key)):
        environment.fault(
            "STORAGE_QUEUE_KEY",
            "expected a key in base64 for a local http:// queue, and none for any other",
            "one" if key else "none",
        )
    return StorageQueueOptions(url, key, deliveries_max, timedelta(seconds=seconds)) if url else None


def _event_hub(environment: Environment) -> EventHubOptions | None:
    name = environment.text("EVENT_HUB_NAME", "")
    namespace = environment.text("EVENT_HUB_NAMESPACE", "")
    connection = environment.text("EVENT_HUB_CONNECTION_STRING", "")
    group = environment.text("EVENT_HUB_CONSUMER_GROUP", "$Default")
    if bool(name) != bool(namespace or connection) or (namespace and connection):
        environment.fault(
            "EVENT_HUB_NAME",
            "expected it with EVENT_HUB_NAMESPACE or, for a local endpoint, EVENT_HUB_CONNECTION_STRING",
            "all three" if name and namespace and connection else "some of them",
        )
    check_host_name(environment, "EVENT_HUB_NAMESPACE", namespace)
    check_local(environment, "EVENT_HUB_CONNECTION_STRING", connection)
    return EventHubOptions(name, namespace, connection, group) if name else None


def _watch(environment: Environment, limits: Limits) -> WatchOptions | None:
    folder = environment.text("WATCH_FOLDER", "")
    pause = environment.number("WATCH_SECONDS", 1, least=1, most=3600)
    return WatchOptions(Path(folder), timedelta(seconds=pause), limits.upload_bytes) if folder else None
