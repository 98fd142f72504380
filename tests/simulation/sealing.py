"""What the secrets worker does at every crash point, for the saga that seals a secret and has a document split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.documents import DocumentReceived
from contracts.locations import Location
from contracts.secrets import (
    DELETE_SEALED,
    FIND_SECRET,
    WRITE_SEALED,
    DeletedSealed,
    FindSecret,
    SealedSecret,
    SecretReference,
    SecretRequested,
    WriteSealed,
)


def requested(document: DocumentReceived) -> SecretRequested:
    """Ask for a secret to be sealed and a document to be split."""
    return SecretRequested(name="token", target=Location(name="sealed/token.json"), document=document)


def _find(request: FindSecret) -> SecretReference:
    return SecretReference(name=request.name, version="1", vault="environment")


def _write(request: WriteSealed) -> SealedSecret:
    return SealedSecret(object=request.target, size=1, key="2026")


def _delete(request: WriteSealed) -> DeletedSealed:
    return DeletedSealed(deleted=True)


SEALED: Mapping[Any, Callable[[Any], Any]] = {FIND_SECRET: _find, WRITE_SEALED: _write, DELETE_SEALED: _delete}
