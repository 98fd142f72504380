"""How ids are formed: every id that matters is derived, so that a repeat has the same one.

1. Nothing here is random and nothing reads a clock.
2. A derived id is the head of a SHA-256 over its parts, each preceded by its length, so that no two lists of parts
   can be read as one another.
"""

from __future__ import annotations

import re
from hashlib import sha256

from durable.errors import InvalidName

INSTANCE_ID_RULE = "1 to 128 characters of A-Z a-z 0-9 . _ : -"
_INSTANCE_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}")
_ILLEGAL = re.compile(r"[^A-Za-z0-9._:\-]+")


def digest(*parts: str | int) -> str:
    """Give 32 hex digits that depend on every part and on nothing else."""
    text = "".join(f"{len(part)}:{part}" for part in map(str, parts))
    return sha256(text.encode()).hexdigest()[:32]


def check_instance_id(text: str) -> str:
    """Give the id back if it is legal.

    Raises:
        InvalidName: it is not; the message says the rule.
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"expected an instance id as text; found {text!r}. `str(...)` makes text of it")
    if not _INSTANCE_ID.fullmatch(text):
        raise InvalidName(
            f"expected an instance id of {INSTANCE_ID_RULE}; found {text[:160]!r} "
            f"({len(text)} characters). `instance_id_for(text)` derives a legal one"
        )
    return text


def instance_id_for(*parts: str) -> str:
    """Derive a legal instance id from any text: the same parts give the same id.

    Parts that are legal when joined by `:` stay readable; otherwise a readable head is followed by their digest.
    """
    joined = ":".join(parts)
    if _INSTANCE_ID.fullmatch(joined):
        return joined
    readable = _ILLEGAL.sub("-", joined).strip("-")[:80]
    return f"{readable}-{digest(*parts)}" if readable else digest(*parts)


def partition_of(instance_id: str, count: int) -> str:
    """Give the partition of an instance, which is also its session id: three digits of text.

    The rule is fixed: a message sent under another `count` goes to the wrong host.
    """
    return f"{int.from_bytes(sha256(instance_id.encode()).digest()[:8], 'big') % count:03d}"


def partitions(count: int) -> list[str]:
    """List all partitions of a deployment."""
    return [f"{number:03d}" for number in range(count)]


def message_id(instance_id: str, run: str, kind: str, subject: str | int, attempt: int = 0) -> str:
    """Derive the id of a message from what it says to whom.

    `subject` is the task id, or the event id, or the turn. The same statement has the same id however often it is sent.
    """
    return digest(instance_id, run, kind, subject, attempt)


def task_subject(execution: int, task_id: int) -> str | int:
    """Name a task for the id of a message: task ids begin anew with each execution, ids of messages must not."""
    return task_id if execution == 1 else f"{execution}.{task_id}"


def run_id(start_message_id: str) -> str:
    """Derive the run of an instance from the message that started it: 16 hex digits."""
    return sha256(start_message_id.encode()).hexdigest()[:16]


def idempotency_key(instance_id: str, run: str, execution: int, task_id: int) -> str:
    """Derive the key of a task: equal for all its attempts and redeliveries, different for any other task."""
    return digest(instance_id, run, execution, task_id)
