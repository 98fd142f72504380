"""Tells the outcome of an attempt that somebody outside was given the token of.

1. Whether the attempt still waits is judged by the stored history. The owner takes the first outcome in any case.
2. A token is for one attempt: once there is another, or an outcome, or an end, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from durable.control import ActivityHeartbeat
from durable.errors import AlreadyEnded, InvalidInput, InvalidToken, NotFound
from durable.events import ActivityCompleted, ActivityFailed
from durable.failure import stated
from durable.ids import message_id, task_subject
from durable.messages import INSTANCES, InstanceMessage
from durable.payload import check_size
from durable.tokens import CompletionToken
from durable.vault import Place, sealed_message
from orchestrator.engine import is_waited_for
from orchestrator.operations.finding import get
from orchestrator.operations.histories import turns
from orchestrator.operations.patience import patient
from orchestrator.operations.ports import Ports
from orchestrator.operations.signals import NO_TRACE

OUTSIDE = "outside"
TYPE_CHARACTERS_MAX = 256


async def complete(
    ports: Ports, token: str, result: object = None, *, trace: Mapping[str, str] = NO_TRACE
) -> CompletionToken:
    """Complete an attempt with a result, and say which it is.

    Raises:
        InvalidInput: the token is none.
        PayloadTooLarge: the result is larger than a payload may be.
        AlreadyEnded: the attempt has an outcome, or there is a later one, or its instance has ended or is gone.
        TransientError: it may or may not be completed.
    """
    attempt = _read(token)
    check_size(result, f"the result of {attempt.activity!r}")
    event = ActivityCompleted(
        task_id=attempt.task_id, name=attempt.activity, attempt=attempt.attempt, output=result, worker=OUTSIDE
    )
    return await _answer(ports, attempt, event, trace)


async def fail(
    ports: Ports,
    token: str,
    type: str,
    message: str,
    *,
    details: object = None,
    retryable: bool = True,
    trace: Mapping[str, str] = NO_TRACE,
) -> CompletionToken:
    """Have an attempt fail. `type` is what the saga sees as the class of the error. Errors as `complete`."""
    attempt = _read(token)
    if not 1 <= len(type) <= TYPE_CHARACTERS_MAX:
        fault = f"expected the type of a failure of 1 to {TYPE_CHARACTERS_MAX} characters; found {len(type)}"
        raise InvalidInput(fault, [("type", fault)])
    check_size(details, f"the details of a failure of {attempt.activity!r}")
    failure = stated(type, message, details, retryable=retryable)
    event = ActivityFailed(
        task_id=attempt.task_id, name=attempt.activity, attempt=attempt.attempt, failure=failure, worker=OUTSIDE
    )
    return await _answer(ports, attempt, event, trace)


async def heartbeat(
    ports: Ports, token: str, detail: object = None, *, trace: Mapping[str, str] = NO_TRACE
) -> CompletionToken:
    """Say that an attempt is alive; the next attempt reads the last detail. Errors as `complete`."""
    attempt = _read(token)
    check_size(detail, f"the detail of a heartbeat of {attempt.activity!r}")
    await _require_that_it_waits(ports, attempt)
    message = ActivityHeartbeat(
        id=ports.nonce(),
        instance_id=attempt.instance_id,
        run=attempt.run,
        execution=attempt.execution,
        task_id=attempt.task_id,
        attempt=attempt.attempt,
        activity=attempt.activity,
        detail=await ports.vault.seal(detail, Place(attempt.instance_id, attempt.run)),
        worker=OUTSIDE,
        control="",
        trace=trace,
    )
    await ports.broker.send(INSTANCES, [message.to_message(ports.partition(attempt.instance_id))])
    return attempt


async def _answer(
    ports: Ports, attempt: CompletionToken, event: ActivityCompleted | ActivityFailed, trace: Mapping[str, str]
) -> CompletionToken:
    await _require_that_it_waits(ports, attempt)
    subject = task_subject(attempt.execution, attempt.task_id)
    id_ = message_id(attempt.instance_id, attempt.run, type(event).__name__, subject, attempt.attempt)
    message = InstanceMessage(id_, attempt.instance_id, event, attempt.run, attempt.execution, trace=trace)
    to = ports.partition(attempt.instance_id)
    async with patient(f"attempt {attempt.attempt} of {attempt.activity!r} may or may not be answered"):
        sent = await sealed_message(ports.vault, message, to, broker_id=ports.nonce())
    await ports.broker.send(INSTANCES, [sent])
    ports.recent.add(attempt)
    return attempt


async def _require_that_it_waits(ports: Ports, attempt: CompletionToken) -> None:
    id_ = attempt.instance_id
    told = f"expected the token of an attempt that waits; attempt {attempt.attempt} of {attempt.activity!r}"
    try:
        head = await get(ports, id_)
    except NotFound as error:
        raise AlreadyEnded(f"{told} is of instance {id_!r}, which there is no more") from error
    if (head.run, head.execution) != (attempt.run, attempt.execution):
        raise AlreadyEnded(f"{told} is of an earlier execution of instance {id_!r}")
    if head.status.ended:
        raise AlreadyEnded(f"{told} is of instance {id_!r}, which is {head.status}")
    history = [event async for turn in turns(ports, head, head.execution) for event in turn.events]
    if attempt in ports.recent or not is_waited_for(history, attempt.task_id, attempt.attempt):
        raise AlreadyEnded(f"{told} of instance {id_!r} has an outcome, or is followed by another")


def _read(token: str) -> CompletionToken:
    try:
        return CompletionToken.decode(token)
    except InvalidToken as error:
        raise InvalidInput(str(error), [("token", str(error))]) from error
