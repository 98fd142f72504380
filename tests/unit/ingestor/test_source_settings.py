from datetime import timedelta
from pathlib import Path

import pytest

from durable.errors import SettingsInvalid
from ingestor.settings import IngestorSettings, read_settings
from ingestor.sources.options import EventHubOptions, StorageQueueOptions, WatchOptions

QUEUE = "https://shop.queue.core.windows.net/orders"
LOCAL_QUEUE = "http://127.0.0.1:10001/devstoreaccount1/orders"
LOCAL_HUB = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"


def settings(**values: str) -> IngestorSettings:
    common = {
        "SERVICEBUS_FULLY_QUALIFIED_NAMESPACE": "n.servicebus.windows.net",
        "OBJECT_STORE_URL": "az://shop/data",
    }
    return read_settings({**common, **values})


def test_without_settings_there_are_no_sources() -> None:
    read = settings()

    assert (read.storage_queue, read.event_hub, read.watch) == (None, None, None)


def test_the_container_of_blob_events_is_that_of_the_object_store() -> None:
    read = settings()

    assert read.blob_container_url == "https://shop.blob.core.windows.net/data"
    assert read.blob_events_folder == "inbox"


def test_a_local_object_store_has_no_container() -> None:
    assert settings(OBJECT_STORE_URL="file:///objects").blob_container_url == ""


def test_sources_are_read() -> None:
    read = settings(
        STORAGE_QUEUE_URL=QUEUE,
        STORAGE_QUEUE_DELIVERIES_MAX="3",
        STORAGE_QUEUE_VISIBILITY_SECONDS="30",
        EVENT_HUB_NAME="orders",
        EVENT_HUB_NAMESPACE="n.servicebus.windows.net",
        WATCH_FOLDER="inbox",
        WATCH_SECONDS="5",
        UPLOAD_BYTES_MAX="7",
    )

    assert read.storage_queue == StorageQueueOptions(QUEUE, "", 3, timedelta(seconds=30))
    assert read.event_hub == EventHubOptions("orders", "n.servicebus.windows.net")
    assert read.watch == WatchOptions(Path("inbox"), timedelta(seconds=5), 7)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"STORAGE_QUEUE_URL": "orders"}, "STORAGE_QUEUE_URL"),
        ({"STORAGE_QUEUE_URL": "https://shop.queue.core.windows.net/"}, "STORAGE_QUEUE_URL"),
        ({"STORAGE_QUEUE_URL": QUEUE, "STORAGE_QUEUE_KEY": "a2V5"}, "STORAGE_QUEUE_KEY"),
        ({"STORAGE_QUEUE_URL": LOCAL_QUEUE}, "STORAGE_QUEUE_KEY"),
        ({"STORAGE_QUEUE_URL": LOCAL_QUEUE, "STORAGE_QUEUE_KEY": "no key!"}, "STORAGE_QUEUE_KEY"),
        ({"STORAGE_QUEUE_VISIBILITY_SECONDS": "0"}, "STORAGE_QUEUE_VISIBILITY_SECONDS"),
        ({"EVENT_HUB_NAME": "orders"}, "EVENT_HUB_NAME"),
        ({"EVENT_HUB_NAMESPACE": "n"}, "EVENT_HUB_NAME"),
        (
            {"EVENT_HUB_NAME": "o", "EVENT_HUB_NAMESPACE": "n", "EVENT_HUB_CONNECTION_STRING": LOCAL_HUB},
            "EVENT_HUB_NAME",
        ),
        ({"EVENT_HUB_NAME": "o", "EVENT_HUB_CONNECTION_STRING": "Endpoint=sb://x"}, "EVENT_HUB_CONNECTION_STRING"),
        ({"INGEST_WAITING_MAX": "0"}, "INGEST_WAITING_MAX"),
        ({"WATCH_SECONDS": "often"}, "WATCH_SECONDS"),
        ({"BLOB_CONTAINER_URL": "data"}, "BLOB_CONTAINER_URL"),
    ],
)
def test_a_wrong_setting_of_a_source_is_named(values: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        settings(**values)

    assert [fault.partition(":")[0] for fault in caught.value.faults] == [named]
