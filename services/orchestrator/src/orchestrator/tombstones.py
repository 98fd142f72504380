"""What is left of a purged instance: one record under the id of its head.

1. Execution numbers of an instance id never come back: the next start of the id takes the number after the tombstone's.
2. A message of the run that is gone, its start included, is stale: a tombstone tells it from one for a new run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from durable.codec import encode_time
from durable.errors import UndecodableMessage
from durable.ports import Record

VERSION = 1
KIND = "tombstone"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One purged instance.

    Attributes:
        run, execution: the last that there was.
    """

    instance_id: str
    partition: str
    run: str
    execution: int
    purged_at: datetime


def is_tombstone(record: Mapping[str, Any]) -> bool:
    """Tell whether what stands under the id of an instance is its tombstone rather than its head."""
    return record.get("kind") == KIND


def encode_tombstone(tombstone: Tombstone) -> Record:
    """Write a tombstone as a record."""
    return {
        "v": VERSION,
        "id": tombstone.instance_id,
        "kind": KIND,
        "partition": tombstone.partition,
        "instance_id": tombstone.instance_id,
        "run": tombstone.run,
        "execution": tombstone.execution,
        "purged_at": encode_time(tombstone.purged_at),
    }


def decode_tombstone(record: Mapping[str, Any]) -> Tombstone:
    """Read a tombstone.

    Raises:
        UndecodableMessage: it was written by code that knows more, or is damaged.
    """
    try:
        return Tombstone(
            instance_id=record["instance_id"],
            partition=record["partition"],
            run=record["run"],
            execution=record["execution"],
            purged_at=datetime.fromisoformat(record["purged_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        told = f"expected a tombstone of schema version {VERSION}; {type(error).__name__}: {error}"
        raise UndecodableMessage(told) from error
