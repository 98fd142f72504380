"""What a batch must be before it goes to any store, so that a fault is found with its operation."""

from __future__ import annotations

from collections.abc import Sequence

from durable.errors import Refusal, WriteRefused
from durable.ports import OPERATIONS_MAX, Delete, Operation, Read

ID_CHARACTERS_MAX = 1023
_ILLEGAL_IN_ID = frozenset("/\\?#")


def id_of(operation: Operation) -> str:
    """Give the id of the record that an operation is about."""
    if isinstance(operation, Delete | Read):
        return operation.id
    return str(operation.record.get("id"))


def check_batch(partition: str, operations: Sequence[Operation]) -> None:
    """Check what can be known without the store.

    Raises:
        ValueError: there are no operations or too many: the caller must split.
        WriteRefused: an id is not legal, or a record belongs to another partition.
    """
    if not 1 <= len(operations) <= OPERATIONS_MAX:
        raise ValueError(f"expected 1 to {OPERATIONS_MAX} operations in a batch; found {len(operations)}")
    for index, operation in enumerate(operations):
        if not isinstance(operation, Delete | Read):
            _check_record(index, partition, operation.record)


def _check_record(index: int, partition: str, record: dict[str, object]) -> None:
    id, found = record.get("id"), record.get("partition")
    if not isinstance(id, str) or not 1 <= len(id) <= ID_CHARACTERS_MAX or not _ILLEGAL_IN_ID.isdisjoint(id):
        expected = f"expected an id of 1 to {ID_CHARACTERS_MAX} characters without / \\ ? #"
        raise WriteRefused(index, Refusal.INVALID, f"{expected}; found {id!r:.200}")
    if found != partition:
        raise WriteRefused(index, Refusal.INVALID, f"expected partition {partition!r}; found {found!r:.200}")
