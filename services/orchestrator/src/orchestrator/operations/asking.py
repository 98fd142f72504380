"""Asks the owner of an instance for what is no event of its history."""

from __future__ import annotations

from collections.abc import Mapping

from durable.ids import message_id
from durable.messages import INSTANCES
from durable.requests import OwnerRequest
from orchestrator.heads import Head
from orchestrator.operations.ports import Ports


async def ask(
    ports: Ports,
    head: Head,
    kind: str,
    subject: str | None,
    *,
    data: Mapping[str, object],
    trace: Mapping[str, str],
) -> Head:
    """Send a request about the run of a head, and give the head back.

    The same `subject` makes the same request of it, `None` a new one.

    Raises:
        TransientError: it may or may not have been sent.
    """
    id_ = message_id(head.instance_id, head.run, kind, ports.nonce() if subject is None else subject)
    await send(ports, OwnerRequest(id_, head.instance_id, kind, head.run, data, trace))
    return head


async def send(ports: Ports, request: OwnerRequest) -> None:
    """Send a request; errors as `ask`."""
    message = request.to_message(ports.partition(request.instance_id), broker_id=ports.nonce())
    await ports.broker.send(INSTANCES, [message])
