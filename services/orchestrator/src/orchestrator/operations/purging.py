"""Has an instance that ended deleted, with all its records."""

from __future__ import annotations

from collections.abc import Mapping

from durable.errors import InvalidState, NotFound
from durable.requests import PURGE
from orchestrator.heads import Head
from orchestrator.operations.asking import ask
from orchestrator.operations.finding import get
from orchestrator.operations.ports import Ports
from orchestrator.operations.rules import require
from orchestrator.operations.signals import NO_TRACE


async def purge(ports: Ports, instance_id: str, *, trace: Mapping[str, str] = NO_TRACE) -> Head:
    """Have an instance deleted. The same request however often it is sent.

    Raises:
        NotFound: there is no such instance.
        InvalidState: it has not ended, or its parent has not and may need its outcome again.
        TransientError: it may or may not be purged.
    """
    head = await get(ports, instance_id)
    require("purge", head)
    await _require_that_no_parent_waits(ports, head)
    return await ask(ports, head, PURGE, "0", data={}, trace=trace)


async def _require_that_no_parent_waits(ports: Ports, head: Head) -> None:
    if head.parent is None:
        return
    try:
        parent = await get(ports, head.parent.instance_id)
    except NotFound:
        return
    if parent.run == head.parent.run and not parent.status.ended:
        raise InvalidState(
            f"expected an instance whose parent has ended to purge; {head.instance_id!r} is a child of "
            f"{parent.instance_id!r}, which is {parent.status} and may need its outcome again"
        )
