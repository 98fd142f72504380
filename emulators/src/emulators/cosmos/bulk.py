"""Bulk requests: up to a hundred operations on one physical range, each by itself, in the form of a batch."""

from emulators.cosmos.batch import BatchResult, result_of
from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue, encode
from emulators.cosmos.operations import Operation, perform
from emulators.cosmos.partition import PartitionKey
from emulators.cosmos.staging import Staging

_NOT_TRIED = encode({"statusCode": 424, "subStatusCode": 0, "requestCharge": 0})


def run_bulk(
    container: Container, entries: list[tuple[Operation, JsonValue]], now: int, *, minimal: bool, goes_on: bool
) -> BatchResult:
    """Run the operations, each with the text of its partition key; a failure stops the rest unless `goes_on`."""
    results: list[bytes] = []
    total, failed = 0.0, False
    for operation, key in entries:
        if failed and not goes_on:
            results.append(_NOT_TRIED)
            continue
        try:
            staging = Staging(container, _key_of(container, key), now)
            outcome = perform(staging, operation)
            staging.apply()
        except CosmosError as error:
            failed = True
            total += error.charge
            results.append(_failure(error))
        else:
            total += outcome.charge
            results.append(result_of(outcome, minimal=minimal and operation.kind != "Read"))
    return BatchResult(207 if failed else 200, b"[" + b",".join(results) + b"]", total)


def _key_of(container: Container, text: JsonValue) -> PartitionKey:
    if not isinstance(text, str):
        raise CosmosError(400, "Each operation of a bulk request needs its partitionKey, as JSON in a text.")
    key = container.partition_key.of_header(text.encode())
    if key.is_prefix:
        raise CosmosError(
            400, f"Partition key {key.text} lacks values: {list(container.partition_key.paths)} are needed."
        )
    return key


def _failure(error: CosmosError) -> bytes:
    return encode(
        {
            "statusCode": error.status,
            "subStatusCode": error.substatus,
            "requestCharge": round(error.charge, 2),
            "message": error.message,
        }
    )
