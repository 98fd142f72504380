"""Durable sagas in plain Python: what authors of sagas and handlers import.

The rest comes from submodules: `durable.worker`, `durable.client`, `durable.objects`, `durable.adapters`.
"""

from durable.activity import Activity
from durable.cloudevent import CloudEvent
from durable.context import Handle, SagaContext
from durable.errors import (
    ActivityError,
    Cancelled,
    DeterminismMismatch,
    DurableError,
    EventInvalid,
    EventTimeout,
    MapFailed,
    NonRetryable,
    NotDurable,
    RetryAfter,
    SagaError,
)
from durable.failure import Failure
from durable.ids import instance_id_for
from durable.results import MapEnd, MapResult
from durable.retry import RetryPolicy
from durable.saga import Saga, saga
from durable.status import Status

__all__ = [
    "Activity",
    "ActivityError",
    "Cancelled",
    "CloudEvent",
    "DeterminismMismatch",
    "DurableError",
    "EventInvalid",
    "EventTimeout",
    "Failure",
    "Handle",
    "MapEnd",
    "MapFailed",
    "MapResult",
    "NonRetryable",
    "NotDurable",
    "RetryAfter",
    "RetryPolicy",
    "Saga",
    "SagaContext",
    "SagaError",
    "Status",
    "instance_id_for",
    "saga",
]
