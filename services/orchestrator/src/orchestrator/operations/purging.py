"""Has an instance that ended deleted, with all its records."""

from __future__ import annotations

from collections.abc import Mapping

from durable.requests import PURGE
from orchestrator.operations.asking import ask
from orchestrator.operations.finding import get
from orchestrator.operations.ports import Ports
from orchestrator.operations.rules import require
from orchestrator.operations.signals import NO_TRACE


async def purge(ports: Ports, instance_id: str, *, trace: Mapping[str, str] = NO_TRACE) -> None:
    """Have an instance deleted. The same request however often it is sent.

    Raises:
        NotFound: there is no such instance.
        InvalidState: it has not ended, or its parent has not and may need its outcome again.
        TransientError: it may or may not be purged.
    """
    head = await get(ports, instance_id)
    require("purge", head)
    await ask(ports, head, PURGE, "0", data={}, trace=trace)
