"""What activities did, kept where no crash can lose it: one line for each time that a handler ran.

1. A line is one write to a file opened for appending: two processes never mix theirs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from durable.worker import ActivityContext


@dataclass(frozen=True, slots=True)
class Effect:
    """One run of a handler."""

    instance_id: str
    task_id: int
    activity: str
    attempt: int
    key: str


class Effects:
    """The effects of all workers of one stack, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, context: ActivityContext) -> None:
        """Note that a handler has had its effect."""
        parts = (context.instance_id, context.task_id, context.activity, context.attempt, context.idempotency_key)
        file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            os.write(file, f"{' '.join(map(str, parts))}\n".encode())
        finally:
            os.close(file)

    def __iter__(self) -> Iterator[Effect]:
        for line in self._path.read_text().splitlines() if self._path.exists() else ():
            instance_id, task_id, activity, attempt, key = line.split()
            yield Effect(instance_id, int(task_id), activity, int(attempt), key)
