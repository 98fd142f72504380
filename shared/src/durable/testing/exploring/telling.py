"""What messages and records are about, in few words: for the trace that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from durable.messages import Message
from durable.ports import Create, Delete, Delivery, Operation, Read, Replace, Upsert

SHOWN_MAX = 4


def tell_messages(messages: Sequence[Message]) -> str:
    """Tell messages about to be sent."""
    return _shortened([_told(message.body) for message in messages])


def tell_deliveries(deliveries: Sequence[Delivery]) -> str:
    """Tell messages received."""
    return _shortened([_told(delivery.body) for delivery in deliveries])


def tell_operations(operations: Sequence[Operation]) -> str:
    """Tell a batch of the record store."""
    told = [_told_operation(one) for one in operations if not isinstance(one, Read)]
    return _shortened([text for text in told if text]) or "nothing"


def _told_operation(operation: Operation) -> str:
    if isinstance(operation, Delete | Read):
        return f"without {operation.id}"
    record = operation.record
    if record.get("kind") == "turn":
        return f"turn {record['id']} ({', '.join(event['kind'] for event in record['events'])})"
    assert isinstance(operation, Create | Replace | Upsert)
    status = f" ({record['status']})" if "status" in record else ""
    return f"{record.get('kind')} {record['id']}{status}"


def _told(body: bytes) -> str:
    try:
        record: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"{len(body)} bytes"
    about = [str(record.get("kind") or record.get("activity") or record.get("type"))]
    if (instance := record.get("instance_id") or record.get("subject")) is not None:
        about.append(f"of {instance}")
    if (task := record.get("task_id")) is not None:
        about.append(f"task {task}")
    return " ".join(about)


def _shortened(told: Iterable[str]) -> str:
    listed = list(told)
    more = f" and {len(listed) - SHOWN_MAX} more" if len(listed) > SHOWN_MAX else ""
    return ", ".join(listed[:SHOWN_MAX]) + more
