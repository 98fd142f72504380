"""What the API shows of a head."""

from __future__ import annotations

from fastapi import Response

from durable.codec import encode_failure, encode_time
from durable.http.answers import json_answer
from orchestrator.heads import Head


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
    """Give all that a head says of its instance."""
    return {
        **summary_of(head),
        "run": head.run,
        "execution": head.execution,
        "input": head.input,
        "output": head.output,
        "failure": None if head.failure is None else encode_failure(head.failure),
        "reasons": [{"loc": where, "msg": what} for where, what in head.reasons],
        "unread_events": head.unread_events,
        "traceparent": head.trace.get("traceparent"),
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
    return json_answer(standing, 202)
