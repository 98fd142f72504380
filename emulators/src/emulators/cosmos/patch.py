"""Partial updates: the six kinds of patch operation over a document, all or none."""

from emulators.cosmos import limits
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue

_KINDS = frozenset({"add", "set", "replace", "remove", "incr", "increment", "move"})
_PROTECTED = frozenset({"id", "_rid", "_self", "_etag", "_attachments", "_ts"})


def patched(document: JsonObject, operations: JsonValue) -> JsonObject:
    """Apply the operations in order to `document`, which is changed, and return it."""
    if not isinstance(operations, list):
        raise CosmosError(400, "A patch needs 'operations', a list.")
    limits.check_patch_count(len(operations))
    for operation in operations:
        _apply(document, operation)
    return document


def _apply(document: JsonObject, operation: JsonValue) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in _KINDS:
        raise CosmosError(400, f"Unknown patch operation {operation!r}: expected 'op' to be one of {sorted(_KINDS)}.")
    kind, path = str(operation["op"]), str(operation.get("path", ""))
    if kind == "move":
        source = str(operation.get("from", ""))
        value = _remove(*_resolved(document, source), source)
        _add(*_resolved(document, path), value, path)
        return
    if kind != "remove" and "value" not in operation:
        raise CosmosError(400, f"The patch operation {kind} of '{path}' has no value.")
    parent, last = _resolved(document, path)
    value = operation.get("value")
    match kind:
        case "add":
            _add(parent, last, value, path)
        case "set":
            _set(parent, last, value, path)
        case "replace":
            _existing(parent, last, path, "Replace")
            _set(parent, last, value, path)
        case "remove":
            _remove(parent, last, path)
        case _:
            _increment(parent, last, value, path)


def _resolved(document: JsonObject, path: str) -> tuple[JsonObject | list[JsonValue], str]:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    if not path.startswith("/") or not steps[-1]:
        raise CosmosError(400, f"The patch path '{path}' is invalid: expected it to start with '/'.")
    if steps[0] in _PROTECTED:
        raise CosmosError(400, f"The property '{steps[0]}' can't be patched.")
    current: JsonValue = document
    for step in steps[:-1]:
        current = _child(current, step, path)
    if not isinstance(current, dict | list):
        raise _no_parent(path)
    return current, steps[-1]


def _child(parent: JsonValue, step: str, path: str) -> JsonValue:
    if isinstance(parent, dict) and step in parent:
        return parent[step]
    if isinstance(parent, list) and step.isdigit() and int(step) < len(parent):
        return parent[int(step)]
    raise _no_parent(path)


def _no_parent(path: str) -> CosmosError:
    return CosmosError(400, f"Add Operation only supports adding a leaf node of an existing node, found path '{path}'.")


def _index(array: list[JsonValue], step: str, path: str, end: int) -> int:
    if not step.isdigit() or int(step) >= end:
        raise CosmosError(400, f"The index '{step}' of patch path '{path}' is outside the array of {len(array)}.")
    return int(step)


def _existing(parent: JsonObject | list[JsonValue], last: str, path: str, kind: str) -> None:
    known = last in parent if isinstance(parent, dict) else last.isdigit() and int(last) < len(parent)
    if not known:
        raise CosmosError(400, f"{kind} Operation only supports an existing path, found none at '{path}'.")


def _add(parent: JsonObject | list[JsonValue], last: str, value: JsonValue, path: str) -> None:
    if isinstance(parent, dict):
        parent[last] = value
    elif last == "-":
        parent.append(value)
    else:
        parent.insert(_index(parent, last, path, len(parent) + 1), value)


def _set(parent: JsonObject | list[JsonValue], last: str, value: JsonValue, path: str) -> None:
    if isinstance(parent, dict):
        parent[last] = value
    elif last == "-":
        parent.append(value)
    else:
        parent[_index(parent, last, path, len(parent))] = value


def _remove(parent: JsonObject | list[JsonValue], last: str, path: str) -> JsonValue:
    _existing(parent, last, path, "Remove")
    return parent.pop(last) if isinstance(parent, dict) else parent.pop(int(last))


def _increment(parent: JsonObject | list[JsonValue], last: str, value: JsonValue, path: str) -> None:
    known = last in parent if isinstance(parent, dict) else True
    current = _child(parent, last, path) if known else 0
    if not _is_number(current) or not _is_number(value):
        raise CosmosError(400, f"Increment needs numbers: found {current!r} at '{path}' and {value!r} to add.")
    _set(parent, last, current + value, path)  # type: ignore[operator]  # Both are numbers.


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
