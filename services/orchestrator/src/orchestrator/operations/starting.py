"""Starts an instance: the head first, then the message.

What if the process dies or the broker fails …
  before the head is written: nothing has started; the caller repeats.
  after it: the head is `Pending` and holds the start; the owner of its partition sends it. A caller who repeats with
  the same id learns that it exists, one who repeats with the same `request_id` that it is this one.

1. Whether an id is taken is decided by the store, when the head is created.
2. A start over an instance that exists is sent to its owner, who judges again whether it may begin.
3. Execution numbers of an id never come back: over a tombstone the head begins with the number after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from durable.errors import (
    AlreadyExists,
    DurableError,
    PayloadTooLarge,
    Refusal,
    ServiceUnavailable,
    WriteRefused,
    WriteUncertain,
)
from durable.ids import message_id
from durable.messages import INSTANCES, InstanceMessage
from durable.ports import Stored
from durable.status import Status
from durable.vault import sealed_message
from orchestrator.heads import Head, decode_head, encode_head, input_hash, start_message
from orchestrator.operations.finding import get
from orchestrator.operations.new_instance import NewInstance, Wanted, wanted
from orchestrator.operations.patience import PATIENCE
from orchestrator.operations.ports import Ports
from orchestrator.operations.rules import ENDED, require
from orchestrator.operations.sealing import confirm, plain_input, sealed
from orchestrator.operations.signals import NO_TRACE
from orchestrator.tombstones import decode_tombstone, is_tombstone

HEAD_BYTES_BESIDE_INPUT = 1024
TRIES = 5

_RESTARTS: Mapping[str, frozenset[Status]] = {
    "restart_if_ended": ENDED,
    "restart_if_failed": ENDED - {Status.COMPLETED},
    "terminate_and_restart": frozenset(Status),
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """What a start has led to.

    Attributes:
        replaces: the run that the new one takes the place of; its owner has yet to say so.
    """

    instance_id: str
    replaces: str | None = None


async def start(ports: Ports, new: NewInstance) -> str:
    """Start an instance and give its id; as `begin`."""
    return (await begin(ports, new)).instance_id


async def begin(ports: Ports, new: NewInstance) -> Started:
    """Start an instance: it is recorded, or asked for in the place of one that exists.

    Raises:
        NotFound: there is no such saga.
        InvalidInput: a part breaks its rule, or the input does not fit the saga.
        PayloadTooLarge: it is larger than a payload may be.
        AlreadyExists: the id is taken and `if_exists` asks for no more, or the request id came with another input.
        ServiceUnavailable, TransientError: not confirmed: the instance may or may not start.
    """
    one = await sealed(ports, wanted(ports, new))
    etag: str | None = None
    for _ in range(TRIES):
        try:
            written = await _create(ports, one, etag)
        except WriteRefused as refused:
            stored = await _what_is_there(ports, one.head, refused)
        else:
            await confirm(ports, one)
            await _send(ports, one.head, written)
            return Started(one.head.instance_id)
        if not is_tombstone(stored.record):
            return await _meet(ports, one, decode_head(stored.record))
        one, etag = _after_tombstone(one, stored), stored.etag
    raise WriteUncertain(f"instance {one.head.instance_id!r} is started and purged by others at this moment")


async def restart(
    ports: Ports, instance_id: str, new_id: str | None = None, *, trace: Mapping[str, str] = NO_TRACE
) -> Started:
    """Start an instance that has ended again, in its place or under another id: same input and tags, newest version.

    Raises:
        InvalidState: it has not ended.
        AlreadyExists: there is an instance of the new id.
        Others: as `begin`.
    """
    head = await get(ports, instance_id)
    require("restart", head)
    new = NewInstance(head.saga, await plain_input(ports, head), instance_id, trace, "restart_if_ended", tags=head.tags)
    return await begin(ports, new if new_id is None else replace(new, instance_id=new_id, if_exists="error"))


async def _create(ports: Ports, one: Wanted, etag: str | None) -> str:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await ports.heads.create(encode_head(one.head), one.size + HEAD_BYTES_BESIDE_INPUT, etag)
    except TimeoutError as error:
        raise ServiceUnavailable(
            f"the record store did not confirm instance {one.head.instance_id!r}: it may or may not start. "
            "Try again with this instance_id"
        ) from error


async def _send(ports: Ports, head: Head, etag: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            message = start_message(head, etag).to_message(head.partition, due=head.due)
            await ports.broker.send(INSTANCES, [message])
    except (DurableError, TimeoutError) as error:
        _log.warning("the start of %s waits for the owner of its partition: %s", head.instance_id, error)


async def _what_is_there(ports: Ports, head: Head, refused: WriteRefused) -> Stored:
    if refused.refusal is Refusal.TOO_LARGE:
        raise PayloadTooLarge(f"expected an input that the record store takes; {refused}") from refused
    if refused.refusal not in {Refusal.EXISTS, Refusal.CHANGED, Refusal.MISSING}:
        raise refused
    stored = await ports.store.read(head.partition, head.instance_id, ports.heads.token(head.partition))
    if stored is None:
        raise WriteUncertain(f"instance {head.instance_id!r} exists, and can't be read yet") from refused
    return stored


def _after_tombstone(one: Wanted, stored: Stored) -> Wanted:
    execution = decode_tombstone(stored.record).execution + 1
    requests = tuple(replace(request, execution=execution) for request in one.head.requests)
    return replace(one, head=replace(one.head, execution=execution, requests=requests))


async def _meet(ports: Ports, one: Wanted, head: Head) -> Started:
    """Do what was asked for in the case that the instance exists."""
    if _is_known(one, head) or one.if_exists == "return":
        return Started(head.instance_id)
    if head.status not in _RESTARTS.get(one.if_exists, frozenset()):
        raise AlreadyExists(
            f"expected an instance id that is not taken; {head.instance_id!r} exists and is {head.status}. "
            f"What becomes of that is said by if_exists, which is {one.if_exists!r}"
        )
    nonce = ports.nonce()
    id_ = message_id(head.instance_id, "", "SagaStarted", one.request_id or nonce)
    event = replace(one.started, if_exists=one.if_exists)
    message = InstanceMessage(id_, head.instance_id, event, trace=one.head.trace)
    sent = await sealed_message(ports.vault, message, head.partition, due=one.head.due, broker_id=nonce)
    await ports.broker.send(INSTANCES, [sent])
    return Started(head.instance_id, replaces=head.run)


def _is_known(one: Wanted, head: Head) -> bool:
    known = next((each for each in head.requests if each.request_id == one.request_id), None)
    if known is None:
        return False
    if known.input_hash != input_hash(one.started.input):
        raise AlreadyExists(
            f"expected request_id {one.request_id!r} with the input that it first came with; instance "
            f"{head.instance_id!r} was started under it with another"
        )
    return True
