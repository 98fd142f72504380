"""What others are told of the life of an instance: CloudEvents on topic `lifecycle`."""

from __future__ import annotations

from typing import Any

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.codec import encode_time
from durable.events import HistoryEvent, SagaStarted, StatusSet
from durable.ids import message_id
from durable.messages import LIFECYCLE, Message
from durable.sealed import put_payload
from orchestrator.host.outbox.origin import Addressed, Origin

LIFECYCLE_TYPES = {
    "SagaStarted": "saga.started",
    "ContinuedAsNew": "saga.continued",
    "SagaCompleted": "saga.completed",
    "SagaFailed": "saga.failed",
    "SagaCompensated": "saga.compensated",
    "SagaCompensationFailed": "saga.compensation-failed",
    "SagaCancelled": "saga.cancelled",
    "SagaTerminated": "saga.terminated",
    "SagaRejected": "saga.rejected",
}
_ONCE = frozenset({"SagaStarted"})


def lifecycle_of(origin: Origin, event: HistoryEvent) -> Addressed:
    """Give the CloudEvent that tells anyone interested that an instance started or ended, or asks somebody."""
    identity = origin.identity
    kind = type(event).__name__
    subject = identity.execution if kind in _ONCE else f"{identity.execution}.{event.sequence}"
    id_ = message_id(identity.instance_id, identity.run, kind, subject)
    saga = event.saga if isinstance(event, SagaStarted) else origin.saga
    data: dict[str, Any] = {
        "instance_id": identity.instance_id,
        "saga": saga,
        "run": identity.run,
        "execution": identity.execution,
    }
    if isinstance(event, StatusSet):
        put_payload(data, "status", event.value)
    told = CloudEvent(
        id=id_,
        source=f"/sagas/{saga}",
        type=_type_of(event),
        subject=identity.instance_id,
        time=encode_time(event.at),
        data=data,
    )
    return LIFECYCLE, Message(told.to_json(), id_, None, None, origin.trace, CONTENT_TYPE)


def _type_of(event: HistoryEvent) -> str:
    announced = event.announces if isinstance(event, StatusSet) else None
    return announced or LIFECYCLE_TYPES[type(event).__name__]
