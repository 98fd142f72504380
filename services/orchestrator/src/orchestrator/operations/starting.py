"""Starts an instance: the head first, then the message.

What if the process dies or the broker fails …
  before the head is written: nothing has started; the caller repeats.
  after it: the head is `Pending` and holds the start; the owner of its partition sends it. A caller who repeats with
  the same id learns that it exists.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from durable.errors import (
    AlreadyExists,
    DurableError,
    PayloadTooLarge,
    Refusal,
    ServiceUnavailable,
    WriteRefused,
)
from durable.ids import message_id, run_id
from durable.messages import INSTANCES
from durable.saga import Saga
from durable.status import Status
from orchestrator.heads import Head, encode_head, start_message
from orchestrator.operations.finding import legal_instance_id
from orchestrator.operations.ports import Ports

PATIENCE = timedelta(seconds=15)
HEAD_BYTES_BESIDE_INPUT = 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewInstance:
    """What is asked for.

    Attributes:
        saga: its name; the newest version is started.
        input: as JSON data.
        instance_id: without one, one is made.
        trace: W3C trace context.
    """

    saga: str
    input: object = None
    instance_id: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)


async def start(ports: Ports, new: NewInstance) -> str:
    """Start an instance and give its id, once it is recorded.

    Raises:
        NotFound: there is no such saga.
        InvalidInput: the id is not legal, or the input does not fit the saga.
        PayloadTooLarge: no message can carry the input.
        AlreadyExists: the id is taken.
        ServiceUnavailable: the store did not confirm: the instance may or may not start.
    """
    saga = ports.catalogue.find(new.saga)
    instance_id = ports.nonce() if new.instance_id is None else legal_instance_id(new.instance_id)
    size = ports.catalogue.check_input(saga, new.input)
    head = _pending(ports, saga, instance_id, new)
    etag = await _create(ports, head, size)
    await _send(ports, head, etag)
    return instance_id


def _pending(ports: Ports, saga: Saga[Any, Any], instance_id: str, new: NewInstance) -> Head:
    start = message_id(instance_id, "", "SagaStarted", ports.nonce())
    now = ports.clock.now()
    return Head(
        instance_id=instance_id,
        partition=ports.partition(instance_id),
        saga=saga.name,
        version=saga.version,
        status=Status.PENDING,
        run=run_id(start),
        start=start,
        created_at=now,
        updated_at=now,
        input=new.input,
        trace=new.trace,
    )


async def _create(ports: Ports, head: Head, size: int) -> str:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await ports.heads.create(encode_head(head), size + HEAD_BYTES_BESIDE_INPUT)
    except WriteRefused as refused:
        raise _refusal(head.instance_id, refused) from refused
    except TimeoutError as error:
        raise ServiceUnavailable(
            f"the record store did not confirm instance {head.instance_id!r}: it may or may not start. "
            "Try again with this instance_id"
        ) from error


async def _send(ports: Ports, head: Head, etag: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await ports.broker.send(INSTANCES, [start_message(head, etag).to_message(head.partition)])
    except (DurableError, TimeoutError) as error:
        _log.warning("the start of %s waits for the owner of its partition: %s", head.instance_id, error)


def _refusal(instance_id: str, refused: WriteRefused) -> DurableError:
    if refused.refusal is Refusal.EXISTS:
        return AlreadyExists(f"expected an instance id that is not taken; {instance_id!r} exists")
    if refused.refusal is Refusal.TOO_LARGE:
        return PayloadTooLarge(f"expected an input that the record store takes; {refused}")
    return refused
