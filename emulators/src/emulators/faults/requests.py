"""`GET`, `POST` and `DELETE` of `/faults`, free of any web server.

| request | answer |
|---|---|
| `GET /faults` | 200: `{"faults": [...]}`, each as it was set, with `name`, `seen`, `hits` and `over` |
| `POST /faults` | 201: sets one fault, or all of a list, and lists them; 400 with the reason, and then none is set |
| `DELETE /faults`, `DELETE /faults/NAME` | 204: removes all, or one; 404 if none has the name |
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from emulators.faults.fault import FaultError
from emulators.faults.register import Faults, Listed

SCRIPT_BYTES_MAX = 1_000_000
Answer = tuple[int, bytes]
"""A status and a body of JSON."""


def answer(faults: Faults, method: str, name: str, body: bytes = b"") -> Answer:
    """Answer a request; `name` is what stands behind `/faults/`, or empty."""
    act = _ACTS.get(method)
    if act is None or (name and method == "POST"):
        return _error(405, f"Expected GET, POST or DELETE of /faults, found {method}.")
    return act(faults, name, body)


def read_file(faults: Faults, path: Path) -> None:
    """Set the faults of a script in a file; raises `FaultError`, which names the file."""
    try:
        faults.read(_parsed(path.read_bytes()))
    except OSError as cause:
        raise FaultError(f"The faults in {path} can't be read: {cause.strerror}.") from cause
    except FaultError as cause:
        raise FaultError(f"The faults in {path} can't be set: {cause}") from cause


def _get(faults: Faults, name: str, _: bytes) -> Answer:
    listing = [each for each in faults.listing() if name in {"", each.name}]
    return _listed(200, listing) if listing or not name else _unknown(name)


def _post(faults: Faults, _: str, body: bytes) -> Answer:
    try:
        return _listed(201, faults.read(_parsed(body)))
    except FaultError as cause:
        return _error(400, str(cause))


def _delete(faults: Faults, name: str, _: bytes) -> Answer:
    if not name:
        faults.clear()
        return 204, b""
    try:
        faults.remove(name)
    except KeyError:
        return _unknown(name)
    return 204, b""


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as cause:
        raise FaultError(f"Expected faults as JSON: {cause}.") from cause


def _listed(status: int, listing: list[Listed]) -> Answer:
    return status, orjson.dumps({"faults": [each.as_json() for each in listing]})


def _unknown(name: str) -> Answer:
    return _error(404, f"There is no fault named '{name}'.")


def _error(status: int, text: str) -> Answer:
    return status, orjson.dumps({"error": text})


METHODS = ["GET", "POST", "DELETE"]
_ACTS: dict[str, Callable[[Faults, str, bytes], Answer]] = {"GET": _get, "POST": _post, "DELETE": _delete}
