"""One event in the Event Grid schema, read as the CloudEvent that Event Grid itself would make of it.

1. Id and source are the sender's `id` and `topic`, so that a repeat by Event Grid is known as one.
2. `dataVersion` travels along as an extension; `metadataVersion` says nothing of the event.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from durable.cloudevent import CloudEvent
from durable.payload import reasons_of
from ingestor.malformed import kind_of, malformed


class GridEvent(BaseModel):
    """An event in the Event Grid schema."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1, max_length=1024)
    topic: str = Field(min_length=1, max_length=2048)
    subject: str = ""
    event_type: str = Field(alias="eventType", min_length=1, max_length=1024)
    event_time: datetime = Field(alias="eventTime", strict=False)
    data: object = None
    data_version: str | None = Field(None, alias="dataVersion")


def read_grid_event(record: object, at: str = "") -> CloudEvent:
    """Read an event; `at` locates it in a batch, as in `2.`.

    Raises:
        Problem: it is malformed.
    """
    if not isinstance(record, dict):
        raise malformed(f"expected an event of Event Grid as a JSON object; found {kind_of(record)}")
    try:
        event = GridEvent.model_validate(record)
    except ValidationError as error:
        faults = [(f"{at}{where}", what) for where, what in reasons_of(error)]
        raise malformed("expected an event in the Event Grid schema; see errors", faults) from error
    return CloudEvent(
        id=event.id,
        source=event.topic,
        type=event.event_type,
        data=event.data,
        subject=event.subject or None,
        time=event.event_time.isoformat(),
        datacontenttype="application/json",
        extensions={"dataversion": event.data_version} if event.data_version else {},
    )
