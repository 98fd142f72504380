"""What the storage worker does at every crash point, for the saga that copies an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.locations import Location
from contracts.storage import (
    CHECK_OBJECT,
    COPY_OBJECT,
    DELETE_LOCATIONS,
    FIND_OBJECT,
    BlobCopyRequested,
    CheckedObject,
    CopyObject,
    DeletedLocations,
    DeleteLocations,
    FindObject,
    FoundObject,
    StoredObject,
)
from durable import NonRetryable

COPY = BlobCopyRequested(source=Location(name="in/a.bin"), target=Location(store="archive", name="a.bin"))
SHA256 = "0" * 64


def _find(request: FindObject) -> FoundObject:
    return FoundObject(size=None)


def _copy(request: CopyObject) -> StoredObject:
    return StoredObject(object=request.target, size=1, sha256=SHA256)


def _check(request: StoredObject) -> CheckedObject:
    return CheckedObject(object=request.object, size=request.size)


def _check_nothing(request: StoredObject) -> CheckedObject:
    raise NonRetryable(f"{request.object.name} does not hold what it should")


def _delete(request: DeleteLocations) -> DeletedLocations:
    return DeletedLocations(count=len(request.objects))


COPIED: Mapping[Any, Callable[[Any], Any]] = {
    FIND_OBJECT: _find,
    COPY_OBJECT: _copy,
    CHECK_OBJECT: _check,
    DELETE_LOCATIONS: _delete,
}
CHANGED: Mapping[Any, Callable[[Any], Any]] = {**COPIED, CHECK_OBJECT: _check_nothing}
