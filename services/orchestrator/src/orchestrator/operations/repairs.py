"""Puts right what went wrong: run the step that failed again, settle an undo by hand, let a blocked instance go on.

1. As for what is told to an instance (`signals`): each call is a statement of its own, but with the same `request_id`.
"""

from __future__ import annotations

from collections.abc import Mapping

from durable.errors import InvalidInput
from durable.events import CompensationSkipped, Resumed
from durable.requests import REWIND, UNBLOCK
from durable.status import Status
from orchestrator.heads import Head
from orchestrator.operations.asking import ask
from orchestrator.operations.histories import not_undone
from orchestrator.operations.ports import Ports
from orchestrator.operations.signals import NO_TRACE, allowed, legal_id, tell


async def retry(
    ports: Ports,
    instance_id: str,
    reason: str = "",
    *,
    request_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Run again what an instance failed at: the step of one that is `Failed`, the undos that failed of another.

    Raises:
        NotFound: there is no such instance.
        InvalidState: it is neither `Failed` nor `CompensationFailed`.
        TransientError: it may or may not be run again.
    """
    head = await allowed(ports, instance_id, "retry", reason)
    if head.status is Status.COMPENSATION_FAILED:
        return await tell(ports, head, Resumed(reason=reason), legal_id(request_id), trace)
    return await ask(
        ports,
        head,
        REWIND,
        legal_id(request_id),
        data={"execution": head.execution, "to": None, "reason": reason},
        trace=trace,
    )


async def skip(
    ports: Ports,
    instance_id: str,
    task_id: int,
    reason: str,
    *,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Settle an undo that failed, by hand: `task_id` is its registration. It is the same statement however often said.

    Raises:
        InvalidInput: no reason, or the task is no undo that failed; says which there are.
        InvalidState: the instance is not `CompensationFailed`.
        Others: as `retry`.
    """
    if not reason.strip():
        fault = "expected a reason for an undo that is left out; found none"
        raise InvalidInput(fault, [("reason", fault)])
    head = await allowed(ports, instance_id, "skip", reason)
    left = await not_undone(ports, head)
    if task_id not in left:
        fault = f"expected a task whose undo failed, of {', '.join(map(str, left)) or 'none'}; found {task_id}"
        raise InvalidInput(fault, [("task_id", fault)])
    event = CompensationSkipped(task_id=task_id, reason=reason)
    return await tell(ports, head, event, f"{head.execution}.{task_id}", trace)


async def unblock(
    ports: Ports,
    instance_id: str,
    reason: str = "",
    *,
    request_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Have a blocked instance tried again, with the code and the records that there are now.

    Raises:
        InvalidState: it is not blocked.
        AlreadyEnded: it has ended.
        Others: as `retry`.
    """
    head = await allowed(ports, instance_id, "unblock", reason)
    return await ask(ports, head, UNBLOCK, legal_id(request_id), data={"reason": reason}, trace=trace)
