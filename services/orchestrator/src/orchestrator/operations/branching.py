"""Takes the history of an instance up again from an earlier step, in its place or under another id.

1. The code that goes on is of the version that the instance started on.
2. What is asked for is judged again by the owner, over the whole history.
"""

from __future__ import annotations

from collections.abc import Mapping

from durable.errors import AlreadyExists, InvalidInput, NotFound
from durable.ids import message_id
from durable.requests import FORK, REWIND, OwnerRequest
from orchestrator.heads import Head
from orchestrator.operations.asking import ask, send
from orchestrator.operations.finding import get, legal_instance_id
from orchestrator.operations.histories import turns
from orchestrator.operations.ports import Ports
from orchestrator.operations.signals import NO_TRACE, allowed, legal_id


async def rewind(
    ports: Ports,
    instance_id: str,
    to: int,
    reason: str = "",
    *,
    request_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> Head:
    """Take the present execution of an instance up again from before event `to`, a sequence of its history.

    Raises:
        NotFound: there is no such instance.
        InvalidInput: the present execution has no event `to`.
        InvalidState: no code of it has run.
        TransientError: it may or may not be rewound.
    """
    head = await allowed(ports, instance_id, "rewind", reason)
    await _require_event(ports, head, "to", to)
    return await ask(
        ports,
        head,
        REWIND,
        legal_id(request_id),
        data={"execution": head.execution, "to": to, "reason": reason},
        trace=trace,
    )


async def fork(
    ports: Ports,
    instance_id: str,
    from_: int,
    reason: str = "",
    *,
    new_id: str | None = None,
    trace: Mapping[str, str] = NO_TRACE,
) -> str:
    """Begin another instance with the history of this one before event `from_`, and give its id.

    Without `new_id` one is made. The other instance exists once its owner has taken the request.

    Raises:
        AlreadyExists: there is an instance of the new id.
        Others: as `rewind`.
    """
    head = await allowed(ports, instance_id, "fork", reason)
    await _require_event(ports, head, "from_", from_)
    other = ports.nonce() if new_id is None else legal_instance_id(new_id)
    await _require_free(ports, other)
    data = {
        "instance_id": instance_id,
        "run": head.run,
        "execution": head.execution,
        "to": from_,
        "reason": reason,
    }
    id_ = message_id(other, head.run, FORK, f"{instance_id}.{head.execution}.{from_}")
    await send(ports, OwnerRequest(id_, other, FORK, "", data, trace))
    return other


async def _require_free(ports: Ports, instance_id: str) -> None:
    try:
        await get(ports, instance_id)
    except NotFound:
        return
    raise AlreadyExists(f"expected an instance id that is not taken; {instance_id!r} exists")


async def _require_event(ports: Ports, head: Head, name: str, sequence: int) -> None:
    """Refuse what the owner would: by then nobody waits for its answer."""
    length = 0
    async for turn in turns(ports, head, head.execution):
        length += len(turn.events)
        if 1 <= sequence <= length:
            return
    fault = f"expected the sequence of an event of execution {head.execution}, from 1 to {length}; found {sequence}"
    raise InvalidInput(fault, [(name, fault)])
