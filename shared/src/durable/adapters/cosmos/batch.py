"""A batch of the port as the SDK takes it, and its results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from durable.ports import Create, Delete, Operation, Read, Receipt, Replace, Upsert

BatchOperation = tuple[str, tuple[Any, ...], dict[str, Any]]

CHARGE = "x-ms-request-charge"
SESSION_TOKEN = "x-ms-session-token"


def to_batch(operations: Sequence[Operation]) -> list[BatchOperation]:
    """Give the operations as the SDK takes them."""
    return [_to_sdk(operation) for operation in operations]


def to_receipt(results: Iterable[Mapping[str, Any]], headers: Mapping[str, str]) -> Receipt:
    """Give what the caller gets for a batch that was written."""
    etags = tuple(str(result.get("eTag") or "") for result in results)
    return Receipt(etags, headers.get(SESSION_TOKEN), float(headers.get(CHARGE, 0)))


def _to_sdk(operation: Operation) -> BatchOperation:
    match operation:
        case Create(record):
            return "create", (record,), {}
        case Upsert(record):
            return "upsert", (record,), {}
        case Read(id):
            return "read", (id,), {}
        case Replace(record, etag):
            return "replace", (record["id"], record), _condition(etag)
        case Delete(id, etag):
            return "delete", (id,), _condition(etag)


def _condition(etag: str | None) -> dict[str, Any]:
    return {} if etag is None else {"if_match_etag": etag}
