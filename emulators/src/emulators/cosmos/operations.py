"""The six operations on items. Alone or in a batch they are the same functions over a staging area."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from emulators.cosmos import charge
from emulators.cosmos.documents import SYSTEM_PROPERTIES, Item, check_id, item_etag
from emulators.cosmos.errors import PARTITION_KEY_MISMATCH, PREDICATE_NOT_MET, CosmosError
from emulators.cosmos.indexing import MISSING
from emulators.cosmos.jsonvalue import JsonObject, decode_stored
from emulators.cosmos.patch import patched
from emulators.cosmos.sql.evaluate import holds
from emulators.cosmos.sql.evaluation import Parameters
from emulators.cosmos.sql.now import present
from emulators.cosmos.sql.parser import parse_condition
from emulators.cosmos.sql.work import begin
from emulators.cosmos.staging import Staging


class Operation(NamedTuple):
    """What a client wants of one item: `body` is the document, or the patch; etags come with their quotes."""

    kind: str
    id: str
    body: JsonObject
    if_match: str | None = None
    if_none_match: str | None = None


class Outcome(NamedTuple):
    """What became of an operation that succeeded."""

    status: int
    item: Item | None
    charge: float


def perform(staging: Staging, operation: Operation) -> Outcome:
    """Run one operation; an error leaves the staging area in need of being thrown away."""
    try:
        run = _OPERATIONS[operation.kind]
    except KeyError:
        raise CosmosError(
            400, f"Unknown operation type '{operation.kind}': expected one of {list(_OPERATIONS)}."
        ) from None
    return run(staging, operation)


def create(staging: Staging, operation: Operation) -> Outcome:
    """Store a new document, or 409."""
    name = _checked(staging, operation.body)
    if staging.find(name) is not None:
        raise CosmosError(409, "Entity with the specified id already exists in the system.", charge=charge.FAILED)
    return _created(staging, name, operation.body)


def upsert(staging: Staging, operation: Operation) -> Outcome:
    """Store a document whether or not it exists; If-Match counts only if it does."""
    name = _checked(staging, operation.body)
    current = staging.find(name)
    if current is None:
        return _created(staging, name, operation.body)
    _check_conditions(current, operation)
    return _replaced(staging, name, operation.body, current)


def read(staging: Staging, operation: Operation) -> Outcome:
    """Return a document, 304 if the client has it, or 404."""
    current = _existing(staging, operation.id)
    price = charge.point_read(len(current.body))
    if operation.if_none_match is not None and operation.if_none_match in {item_etag(current), "*"}:
        return Outcome(304, current, price)
    if operation.if_match is not None and operation.if_match not in {item_etag(current), "*"}:
        raise _precondition_failed()
    return Outcome(200, current, price)


def replace(staging: Staging, operation: Operation) -> Outcome:
    """Store a document over an existing one, or 404."""
    name = _checked(staging, operation.body)
    if name != operation.id:
        raise CosmosError(
            400, f"The id of the document is '{name}', but the request is for '{operation.id}': ids can't be changed."
        )
    current = _existing(staging, name)
    _check_conditions(current, operation)
    return _replaced(staging, name, operation.body, current)


def patch(staging: Staging, operation: Operation) -> Outcome:
    """Change parts of an existing document, if its condition holds."""
    current = _existing(staging, operation.id)
    _check_conditions(current, operation)
    document = decode_stored(current.body)
    condition = operation.body.get("condition")
    begin()
    if isinstance(condition, str) and not holds(parse_condition(condition), document, _present(staging)):
        raise _precondition_failed(PREDICATE_NOT_MET)
    changes = operation.body.get("operations")
    updated = patched(document, changes)
    _checked(staging, updated)
    before = current
    row_outcome = _replaced(staging, operation.id, updated, before)
    properties = len(changes) if isinstance(changes, list) else 0
    return row_outcome._replace(charge=row_outcome.charge + charge.patch(0, 0, properties) - charge.replace(0, 0))


def _present(staging: Staging) -> Parameters:
    return present(datetime.fromtimestamp(staging.now, UTC))


def delete(staging: Staging, operation: Operation) -> Outcome:
    """Remove an existing document, or 404."""
    current = _existing(staging, operation.id)
    _check_conditions(current, operation)
    staging.remove(operation.id)
    terms = len(staging.container.policy.entries(decode_stored(current.body)))
    return Outcome(204, None, charge.create(len(current.body), terms))


def _checked(staging: Staging, document: JsonObject) -> str:
    name = check_id(document)
    if staging.container.partition_key.text_in(document) != staging.key.text:
        raise CosmosError(
            400,
            "PartitionKey extracted from document doesn't match the one specified in the header: "
            f"{staging.container.partition_key.text_in(document)} is not {staging.key.text}.",
            substatus=PARTITION_KEY_MISMATCH,
        )
    return name


def _existing(staging: Staging, name: str) -> Item:
    current = staging.find(name)
    if current is None:
        raise CosmosError(
            404, "Entity with the specified id does not exist in the system.", charge=charge.point_read(0)
        )
    return current


def _created(staging: Staging, name: str, document: JsonObject) -> Outcome:
    row = staging.put(name, document, None)
    if staging.container.policy.columns is None:
        terms = len(staging.container.policy.entries(document))
    else:
        terms = len(row.columns) - row.columns.count(None)
    return Outcome(201, row.item, charge.create(len(row.item.body), terms))


def _replaced(staging: Staging, name: str, document: JsonObject, current: Item) -> Outcome:
    row = staging.put(name, document, current)
    previous = decode_stored(current.body)
    for system in SYSTEM_PROPERTIES:
        previous.pop(system, None)
    before = staging.container.policy.entries(previous)
    after = staging.container.policy.entries(document)
    changed = sum(before.get(path, MISSING) != after.get(path, MISSING) for path in before.keys() | after.keys())
    return Outcome(200, row.item, charge.replace(len(row.item.body), changed))


def _check_conditions(current: Item, operation: Operation) -> None:
    tag = item_etag(current)
    if operation.if_match is not None and operation.if_match not in {tag, "*"}:
        raise _precondition_failed()
    if operation.if_none_match is not None and operation.if_none_match in {tag, "*"}:
        raise _precondition_failed()


def _precondition_failed(substatus: int = 0) -> CosmosError:
    return CosmosError(412, "One of the specified pre-condition is not met.", substatus=substatus, charge=charge.FAILED)


_OPERATIONS: dict[str, Callable[[Staging, Operation], Outcome]] = {
    "Create": create,
    "Upsert": upsert,
    "Read": read,
    "Replace": replace,
    "Patch": patch,
    "Delete": delete,
}
