"""Transactional batches: up to a hundred operations on one logical partition, all or none."""

from typing import NamedTuple

from emulators.cosmos import limits
from emulators.cosmos.documents import item_etag
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode, encode
from emulators.cosmos.operations import Operation, Outcome, perform
from emulators.cosmos.staging import Staging

_ABORTED = {"statusCode": 424, "subStatusCode": 0, "requestCharge": 0}


class BatchResult(NamedTuple):
    """The answer to a batch: 200 with a result for each operation, or 207 with the one that failed."""

    status: int
    body: bytes
    charge: float


def parse_batch(body: bytes) -> list[Operation]:
    """Read the operations of a batch request, within the limits."""
    return [_operation(entry) for entry in _entries(body)]


def parse_bulk(body: bytes) -> list[tuple[Operation, JsonValue]]:
    """Read the operations of a bulk request, each with what it says of its partition key."""
    entries = _entries(body)
    return [(_operation(entry), entry.get("partitionKey")) for entry in entries if isinstance(entry, dict)]


def _entries(body: bytes) -> list[JsonValue]:
    limits.check_batch(body)
    entries = decode(body)
    if not isinstance(entries, list):
        raise CosmosError(400, "A batch is a list of operations.")
    limits.check_batch_count(len(entries))
    return entries


def run_batch(staging: Staging, operations: list[Operation], *, minimal: bool) -> BatchResult:
    """Run all operations; the changes are applied only if every one succeeded."""
    staging.expect(list({operation.id for operation in operations}))
    results: list[bytes] = []
    total = 0.0
    for at, operation in enumerate(operations):
        try:
            outcome = perform(staging, operation)
        except CosmosError as error:
            return failed_batch(len(operations), at, error)
        total += outcome.charge
        results.append(result_of(outcome, minimal=minimal and operation.kind != "Read"))
    staging.apply()
    return BatchResult(200, b"[" + b",".join(results) + b"]", total)


def failed_batch(count: int, at: int, error: CosmosError) -> BatchResult:
    """Answer for a batch of which one operation failed: the others are dependencies that failed with it."""
    results: list[JsonValue] = [dict(_ABORTED) for _ in range(count)]
    results[at] = {
        "statusCode": error.status,
        "subStatusCode": error.substatus,
        "requestCharge": round(error.charge, 2),
        "message": error.message,
    }
    return BatchResult(207, encode(results), error.charge)


def _operation(entry: JsonValue) -> Operation:
    if not isinstance(entry, dict):
        raise CosmosError(400, f"A batch operation is an object, found {type(entry).__name__}.")
    body = entry.get("resourceBody")
    document: JsonObject = body if isinstance(body, dict) else {}
    name = entry.get("id", document.get("id"))
    return Operation(
        str(entry.get("operationType")),
        name if isinstance(name, str) else "",
        document,
        _text(entry.get("ifMatch")),
        _text(entry.get("ifNoneMatch")),
    )


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def result_of(outcome: Outcome, *, minimal: bool) -> bytes:
    """Tell what became of an operation."""
    status, item, price = outcome
    if item is None:
        return b'{"statusCode":%d,"requestCharge":%.2f}' % (status, price)
    tag = item_etag(item)[1:-1].encode()
    head = b'{"statusCode":%d,"requestCharge":%.2f,"eTag":"\\"%s\\""' % (status, price, tag)
    return head + b"}" if minimal or status == 304 else head + b',"resourceBody":' + item.body + b"}"
