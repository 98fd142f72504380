"""Lists and counts instances."""

from __future__ import annotations

from durable.errors import InvalidInput
from durable.ports import HeadQuery
from orchestrator.heads import Head, decode_head
from orchestrator.operations.ports import Ports


async def list_page(ports: Ports, query: HeadQuery) -> tuple[list[Head], str | None]:
    """Give a page of instances, newest first, and where to go on; `None` at the end.

    Raises:
        InvalidInput: the continuation is of no earlier page, or a time has no time zone.
        WriteUncertain: the store did not answer.
    """
    _check(query)
    try:
        page = await ports.store.heads(query)
    except ValueError as error:
        raise InvalidInput(str(error), [("continuation", str(error))]) from error
    return [decode_head(stored.record) for stored in page.heads], page.continuation


async def count(ports: Ports, query: HeadQuery) -> int:
    """Count instances; errors as `list_page`."""
    _check(query)
    return await ports.store.count(query)


def _check(query: HeadQuery) -> None:
    for name in ("created_after", "created_before"):
        at = getattr(query, name)
        if at is not None and at.tzinfo is None:
            fault = f"expected a time with its offset from UTC; found {at.isoformat()}"
            raise InvalidInput(fault, [(name, fault)])
