"""What is asked for when an instance is started, and whether it can be had.

1. The id: given; or the saga's name, of a singleton; or derived from `request_id`; or one that nobody has.
2. A singleton that has ended starts again, whoever asks for it without saying `if_exists`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from durable.errors import InvalidInput, PayloadTooLarge
from durable.events import SagaStarted
from durable.ids import instance_id_for, message_id, run_id
from durable.payload import PAYLOAD_BYTES_MAX
from durable.reuse import POLICIES, IfExists
from durable.saga import Saga
from durable.status import Status
from durable.tags import read_tags, tags_data
from orchestrator.heads import Head, StartRequest, held_start, input_hash
from orchestrator.operations.finding import legal_instance_id
from orchestrator.operations.ports import Ports
from orchestrator.operations.signals import check_event, legal_id


@dataclass(frozen=True, slots=True)
class NewInstance:
    """What is asked for.

    Attributes:
        saga: its name; the newest version is started.
        input: as JSON data.
        instance_id: without one, one is made.
        trace: W3C trace context.
        if_exists: what becomes of it if there is an instance of this id.
        request_id: the same one with the same input gives the same run.
        event: name and payload, as JSON data, of an event that is there from the start.
        delay: not to begin before it is over.
        timeout: the instance is cancelled if it has not ended by then, from when it begins.
        tags: as JSON data.
    """

    saga: str
    input: object = None
    instance_id: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    if_exists: IfExists = "error"
    request_id: str | None = None
    event: tuple[str, object] | None = None
    delay: timedelta | None = None
    timeout: timedelta | None = None
    tags: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An instance that can be started: the head that it begins with, and what was asked for.

    Attributes:
        size: of what the head holds, as JSON.
    """

    head: Head
    started: SagaStarted
    size: int
    request_id: str | None
    if_exists: str


def wanted(ports: Ports, new: NewInstance) -> Wanted:
    """Check what is asked for.

    Raises:
        NotFound: there is no such saga.
        InvalidInput: a part breaks its rule, or the input does not fit the saga.
        PayloadTooLarge: it is larger than a payload may be.
    """
    saga = ports.catalogue.find(new.saga)
    instance_id = _id(ports, saga, new)
    size = ports.catalogue.check_input(saga, new.input) + _size_of_event(new)
    if size > PAYLOAD_BYTES_MAX:
        raise PayloadTooLarge(f"expected input and event of at most {PAYLOAD_BYTES_MAX} bytes as JSON; found {size}")
    due, deadline = _times(ports.clock.now(), new)
    started = SagaStarted(
        saga=saga.name,
        version=saga.version,
        input=new.input,
        tags=_tags(new.tags),
        deadline=deadline,
        request_id=legal_id(new.request_id),
        event=new.event,
    )
    return Wanted(_head(ports, instance_id, started, due, new.trace), started, size, new.request_id, _policy(saga, new))


def _head(ports: Ports, instance_id: str, started: SagaStarted, due: datetime | None, trace: Mapping[str, str]) -> Head:
    start = message_id(instance_id, "", "SagaStarted", ports.nonce())
    now = ports.clock.now()
    asked = started.request_id
    return Head(
        instance_id=instance_id,
        partition=ports.partition(instance_id),
        saga=started.saga,
        version=started.version,
        status=Status.PENDING,
        run=run_id(start),
        start=start,
        created_at=now,
        updated_at=now,
        input=started.input,
        trace=trace,
        tags=started.tags or {},
        next_start=held_start(started),
        due=due,
        deadline=started.deadline,
        requests=() if asked is None else (StartRequest(asked, input_hash(started.input), 1),),
    )


def _id(ports: Ports, saga: Saga[Any, Any], new: NewInstance) -> str:
    given = new.instance_id
    if saga.singleton:
        if given not in {None, saga.name}:
            fault = f"expected singleton saga {saga.name!r} to have no other instance id; found {given!r:.160}"
            raise InvalidInput(fault, [("instance_id", fault)])
        return saga.name
    if given is not None:
        return legal_instance_id(given)
    return ports.nonce() if new.request_id is None else instance_id_for(saga.name, new.request_id)


def _policy(saga: Saga[Any, Any], new: NewInstance) -> str:
    if new.if_exists not in POLICIES:
        fault = f"expected one of {', '.join(POLICIES)}; found {new.if_exists!r:.160}"
        raise InvalidInput(fault, [("if_exists", fault)])
    return "restart_if_ended" if saga.singleton and new.if_exists == "error" else new.if_exists


def _size_of_event(new: NewInstance) -> int:
    if new.event is None:
        return 0
    name, payload = new.event
    check_event(name, payload)
    return len(name) + len(orjson.dumps(payload))


def _times(now: datetime, new: NewInstance) -> tuple[datetime | None, datetime | None]:
    begins, due, deadline = now, None, None
    what = "delay"
    try:
        if new.delay is not None and new.delay > timedelta(0):
            begins = due = now + new.delay
        what = "timeout"
        if new.timeout is not None:
            if new.timeout <= timedelta(0):
                raise ValueError(f"expected more than nothing; found {new.timeout}")
            deadline = begins + new.timeout
    except (OverflowError, ValueError) as error:
        raise InvalidInput(
            f"expected a {what} that ends on a day that there is: {error}", [(what, str(error))]
        ) from error
    return due, deadline


def _tags(data: Mapping[str, object] | None) -> dict[str, object] | None:
    if not data:
        return None
    try:
        return tags_data(read_tags(data))
    except (TypeError, ValueError) as error:
        raise InvalidInput(str(error), [("tags", str(error))]) from error
