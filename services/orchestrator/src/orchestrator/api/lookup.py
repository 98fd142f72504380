"""Finds the head of an instance by its id."""

from __future__ import annotations

from collections.abc import Callable

from durable.errors import InvalidName
from durable.http.problem import Problem, ProblemType
from durable.ids import check_instance_id, partition_of
from durable.ports import RecordStore
from orchestrator.heads import Head, decode_head


class HeadLookup:
    """Reads heads; `token` gives what makes a read see the heads that this process wrote."""

    def __init__(self, store: RecordStore, partition_count: int, token: Callable[[str], str | None]) -> None:
        self._store = store
        self._partition_count = partition_count
        self._token = token

    async def head(self, instance_id: str) -> Head:
        """Read a head.

        Raises:
            Problem: there is none, or the id is not legal.
            WriteUncertain: the store did not answer.
        """
        partition = partition_of(legal_instance_id(instance_id), self._partition_count)
        stored = await self._store.read(partition, instance_id, self._token(partition))
        if stored is None or stored.record.get("kind") != "instance":
            raise Problem(ProblemType.NOT_FOUND, f"there is no instance {instance_id!r}")
        return decode_head(stored.record)

    async def open_head(self, instance_id: str) -> Head:
        """Read the head of an instance that still takes something; errors as `head`, and if it has ended."""
        head = await self.head(instance_id)
        if head.status.ended:
            raise Problem(
                ProblemType.ENDED, f"expected an instance that has not ended; {instance_id!r} is {head.status}"
            )
        return head


def legal_instance_id(text: str) -> str:
    """Give the id back if it is legal, and not a part of a path that clients resolve by themselves.

    Raises:
        Problem: it is not; says the rule.
    """
    if text in {".", ".."}:
        fault = f"expected an instance id that a URL can carry; found {text!r}"
        raise Problem(ProblemType.INVALID, fault, [("instance_id", fault)])
    try:
        return check_instance_id(text)
    except InvalidName as error:
        raise Problem(ProblemType.INVALID, str(error), [("instance_id", str(error))]) from error
