"""Tells an instance something: an event, a wish to end, an end, a halt, that it may go on.

1. Each call is a statement of its own, so that an instance may be suspended again after it was resumed. With the same
   `request_id` (of an event: `event_id`) it is the same statement, and taken once however often it is sent.
2. A verb gives the head by which it was judged.
3. An end is the same statement whoever asks for it: an execution ends once.
4. A statement is for the run that the head showed, in whichever execution: a later run never hears of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from durable.errors import InvalidInput, NotFound
from durable.events import CancelRequested, EventReceived, HistoryEvent, Resumed, SagaTerminated, Suspended
from durable.ids import message_id
from durable.messages import INSTANCES, InstanceMessage
from durable.payload import check_size
from durable.vault import sealed_message
from orchestrator.heads import Head
from orchestrator.operations.finding import get
from orchestrator.operations.patience import patient
from orchestrator.operations.ports import Ports
from orchestrator.operations.rules import require

NAME_CHARACTERS_MAX = 128
ID_CHARACTERS_MAX = 256
REASON_CHARACTERS_MAX = 1000
NO_TRACE: Mapping[str, str] = {}


async def raise_event(
    ports: Ports,
    instance_id: str,
    name: str,
    payload: object = None,
    *,
    event_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> str:
    """Raise an event to an instance and give the event's id. It is kept for one that has not started yet.

    Raises:
        InvalidInput: the name is not legal.
        PayloadTooLarge: the payload is larger than a payload may be.
        AlreadyEnded: the instance takes nothing more.
        TransientError: it may or may not have been raised.
    """
    check_event(name, payload)
    subject = legal_id(event_id, "event_id") or ports.nonce()
    run = ""
    with suppress(NotFound):
        head = await get(ports, instance_id)
        require("raise_event", head)
        run = head.run
    id_ = message_id(instance_id, "", "EventReceived", subject)
    message = InstanceMessage(id_, instance_id, EventReceived(name=name, payload=payload), trace=trace)
    async with patient(f"event {name!r} may or may not have been raised to {instance_id!r}"):
        sent = await sealed_message(ports.vault, message, ports.partition(instance_id), run=run)
    await ports.broker.send(INSTANCES, [sent])
    return subject


async def cancel(
    ports: Ports,
    instance_id: str,
    reason: str = "",
    *,
    request_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Ask an instance to end; its code decides how.

    Raises:
        InvalidInput: the reason or the request id is too long.
        NotFound, AlreadyEnded: there is no such instance, or it takes nothing more.
        TransientError: it may or may not be told.
    """
    head = await allowed(ports, instance_id, "cancel", reason)
    return await tell(ports, head, CancelRequested(reason=reason), legal_id(request_id), trace)


async def terminate(
    ports: Ports,
    instance_id: str,
    reason: str = "",
    *,
    recursive: bool = False,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """End an instance at once; nothing is undone. `recursive`: and all its children. Errors as `cancel`."""
    head = await allowed(ports, instance_id, "terminate", reason)
    event = SagaTerminated(reason=reason, recursive=recursive)
    return await tell(ports, head, event, f"end of {head.execution}", trace)


async def suspend(
    ports: Ports,
    instance_id: str,
    reason: str = "",
    *,
    request_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Halt an instance: it keeps what comes from here on, and takes it when it is resumed.

    Raises:
        InvalidState: it is blocked.
        Others: as `cancel`.
    """
    head = await allowed(ports, instance_id, "suspend", reason)
    await tell(ports, head, Suspended(reason=reason), legal_id(request_id), trace)
    ports.recent.add(("halt", head.instance_id, head.run, head.updated_at))
    return head


async def resume(
    ports: Ports,
    instance_id: str,
    reason: str = "",
    *,
    request_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Let a suspended instance go on.

    Raises:
        InvalidState: it is not suspended.
        Others: as `cancel`.
    """
    check_reason(reason)
    head = await get(ports, instance_id)
    if head.status.ended or ("halt", head.instance_id, head.run, head.updated_at) not in ports.recent:
        require("resume", head)
    return await tell(ports, head, Resumed(reason=reason), legal_id(request_id), trace)


async def allowed(ports: Ports, instance_id: str, verb: str, reason: str) -> Head:
    """Give the head of an instance for which a verb is possible; errors as the verbs."""
    check_reason(reason)
    head = await get(ports, instance_id)
    require(verb, head)
    return head


async def tell(ports: Ports, head: Head, event: HistoryEvent, subject: str | None, trace: Mapping[str, str]) -> Head:
    """Send an event to the run of a head, and give the head back; the same `subject` makes the same statement of it."""
    kind = type(event).__name__
    id_ = message_id(head.instance_id, head.run, kind, ports.nonce() if subject is None else subject)
    message = InstanceMessage(id_, head.instance_id, event, head.run, trace=trace)
    # A fresh id for the broker: nobody knows what became of an earlier copy.
    await ports.broker.send(INSTANCES, [message.to_message(head.partition, broker_id=ports.nonce())])
    return head


def check_reason(reason: str) -> None:
    """Refuse a reason that is no text for people.

    Raises:
        InvalidInput: it is too long.
    """
    if len(reason) > REASON_CHARACTERS_MAX:
        fault = f"expected a reason of at most {REASON_CHARACTERS_MAX} characters; found {len(reason)}"
        raise InvalidInput(fault, [("reason", fault)])


def check_event(name: str, payload: object) -> None:
    """Refuse an event that no instance can be told; errors as `raise_event`."""
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        fault = f"expected an event name of 1 to {NAME_CHARACTERS_MAX} printable characters; found {name[:160]!r}"
        raise InvalidInput(fault, [("name", fault)])
    check_size(payload, f"the payload of event {name!r}")


def legal_id(text: str | None, what: str = "request_id") -> str | None:
    """Give an id of the caller's back if it is legal.

    Raises:
        InvalidInput: it is not; says the rule.
    """
    if text is not None and not 1 <= len(text) <= ID_CHARACTERS_MAX:
        fault = f"expected an id of 1 to {ID_CHARACTERS_MAX} characters; found {len(text)}"
        raise InvalidInput(fault, [(what, fault)])
    return text
