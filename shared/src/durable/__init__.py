"""Durable sagas in plain Python: what authors of sagas and handlers import, and every error that they meet.

The rest comes from submodules: `durable.worker`, `durable.client`, `durable.objects`, `durable.adapters`.
"""

from durable.activity import Activity
from durable.cloudevent import CloudEvent
from durable.context import Handle, SagaContext
from durable.errors import (
    ActivityError,
    ActivityTimeout,
    AlreadyEnded,
    AlreadyExists,
    Cancelled,
    ChildSagaError,
    DeadlineExceeded,
    DeterminismMismatch,
    DurableError,
    EventInvalid,
    EventTimeout,
    InvalidInput,
    InvalidName,
    InvalidState,
    MapFailed,
    NonRetryable,
    NotAllowed,
    NotDurable,
    NotFound,
    OutcomeUnknown,
    ResultTimeout,
    RetryAfter,
    SagaError,
    SagaFailedError,
)
from durable.failure import Failure
from durable.ids import instance_id_for
from durable.results import First, MapEnd, MapResult, Tolerance, Waiting
from durable.retry import RetryPolicy, Timeouts
from durable.saga import Saga, saga
from durable.status import Status

__all__ = [
    "Activity",
    "ActivityError",
    "ActivityTimeout",
    "AlreadyEnded",
    "AlreadyExists",
    "Cancelled",
    "ChildSagaError",
    "CloudEvent",
    "DeadlineExceeded",
    "DeterminismMismatch",
    "DurableError",
    "EventInvalid",
    "EventTimeout",
    "Failure",
    "First",
    "Handle",
    "InvalidInput",
    "InvalidName",
    "InvalidState",
    "MapEnd",
    "MapFailed",
    "MapResult",
    "NonRetryable",
    "NotAllowed",
    "NotDurable",
    "NotFound",
    "OutcomeUnknown",
    "ResultTimeout",
    "RetryAfter",
    "RetryPolicy",
    "Saga",
    "SagaContext",
    "SagaError",
    "SagaFailedError",
    "Status",
    "Timeouts",
    "Tolerance",
    "Waiting",
    "instance_id_for",
    "saga",
]
