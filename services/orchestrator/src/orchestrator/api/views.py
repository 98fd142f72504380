"""What the API shows of an instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Response

from durable.codec import encode_failure, encode_time
from durable.http.answers import json_answer
from durable.results import Waiting
from durable.sealed import SEALED, put_payload
from orchestrator.heads import Head
from orchestrator.operations import Standing
from orchestrator.spending import Spent

_OF_A_STEP = ("attempts", "worker_seconds", "messages", "bytes")
_BLOCKED = ("expected", "found", "task_id", "location", "error")


def summary_of(head: Head) -> dict[str, object]:
    """Give what a list shows: small, whatever the instance was given and gave."""
    return {
        "id": head.instance_id,
        "saga": head.saga,
        "version": head.version,
        "status": head.status.value,
        "created_at": encode_time(head.created_at),
        "updated_at": encode_time(head.updated_at),
        "ended_at": None if head.ended_at is None else encode_time(head.ended_at),
    }


def view_of(head: Head) -> dict[str, object]:
    """Give all that a head says of its instance; a payload that is sealed still is shown as what stands for it."""
    view: dict[str, object] = {
        **summary_of(head),
        "run": head.run,
        "execution": head.execution,
        "input": None,
        "output": None,
        "failure": None,
        "reasons": [],
        "unread_events": head.unread_events,
        "custom_status": None,
        "tags": head.tags,
        "parent_id": head.parent_id,
        "root_id": head.root_id,
        "due": None if head.due is None else encode_time(head.due),
        "deadline": None if head.deadline is None else encode_time(head.deadline),
        "traceparent": head.trace.get("traceparent"),
        "cost": None if head.cost is None else _view_of_cost(head.cost),
    }
    for name, write in _PAYLOADS.items():
        value = getattr(head, name)
        if value is not None:
            put_payload(view, name, value if isinstance(value, SEALED) else write(value))
    return view


def _view_of_cost(spent: Spent) -> dict[str, object]:
    told = spent.in_head()
    rows = [{"name": name, **dict(zip(_OF_A_STEP, sums, strict=True))} for name, sums in told["steps"].items()]
    return {**told, "steps": rows}


def view_with_waits(standing: Standing) -> dict[str, object]:
    """Give all that a head says of its instance, and what stands in its history beside."""
    view = view_of(standing.head)
    waiting = standing.waiting_for
    view["waiting_for"] = None if waiting is None else [_view_of_wait(one) for one in waiting]
    view["not_undone"] = list(standing.not_undone)
    if standing.note is not None:
        view["note"] = standing.note
    if standing.blocked is not None:
        view["blocked"] = {name: getattr(standing.blocked, name) for name in _BLOCKED}
    return view


def _view_of_wait(waiting: Waiting) -> dict[str, object]:
    return {
        "kind": waiting.kind,
        "name": waiting.name,
        "label": waiting.label,
        "task_id": waiting.task_id,
        "attempt": waiting.attempt,
        "since": encode_time(waiting.since),
        "due": None if waiting.due is None else encode_time(waiting.due),
    }


def told_answer(judged: Head) -> Response:
    """Answer that an instance is told something, and where it stood: once it stands elsewhere, it may have taken it."""
    standing = {
        "id": judged.instance_id,
        "status": judged.status.value,
        "run": judged.run,
        "execution": judged.execution,
        "updated_at": encode_time(judged.updated_at),
    }
    return json_answer(standing, 202, {"Retry-After": "1"})


_PAYLOADS: dict[str, Callable[[Any], object]] = {
    "input": lambda data: data,
    "output": lambda data: data,
    "custom_status": lambda data: data,
    "failure": encode_failure,
    "reasons": lambda reasons: [{"loc": where, "msg": what} for where, what in reasons],
}
