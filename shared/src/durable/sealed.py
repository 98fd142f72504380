"""Sealed payloads: what stands in an event, a record or a message in place of JSON data that is not plain there.

1. A payload in the object store stands as `<field>_ref`, an encoded one as `<field>_encoded`; plain data stands as
   `<field>`. So no data of an author can be taken for a sealed payload.
2. A sealed payload says which instance sealed it. Its object lies at `payloads/<instance>/<run>/<hash>`, where the hash
   is SHA-256 over the bytes of the object: the same data of one run is one object.
3. Whoever passes a payload on need not open it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from durable.errors import InvalidName, UndecodableMessage
from durable.ids import check_instance_id

ROOT: Final = "payloads"
REF: Final = "_ref"
ENCODED: Final = "_encoded"
_OBJECT = re.compile(ROOT + r"/([^/]{1,400})/([A-Za-z0-9-]{1,64})/([0-9a-f]{64})")
_LAST_DOTS = re.compile(r"\.+$")


@dataclass(frozen=True, slots=True)
class PayloadRef:
    """A payload that lies in the object store.

    Attributes:
        object: name of the object.
        bytes: its size.
        hash: SHA-256 over its bytes, in hex.
        codecs: what it was encoded by, in that order.
    """

    object: str
    bytes: int
    hash: str
    codecs: tuple[str, ...] = ()

    @property
    def of(self) -> str:
        """The instance that sealed it."""
        return unquote(self.object.split("/")[1])

    @property
    def run(self) -> str:
        """The run of that instance."""
        return self.object.split("/")[2]


@dataclass(frozen=True, slots=True)
class EncodedPayload:
    """A payload that was encoded and is small enough to stand where it belongs.

    Attributes:
        of: the instance that sealed it.
        codecs: what it was encoded by, in that order.
        data: its bytes in base64.
    """

    of: str
    codecs: tuple[str, ...]
    data: str


Sealed = PayloadRef | EncodedPayload
SEALED: Final = (PayloadRef, EncodedPayload)


def folder_of(instance_id: str) -> str:
    """Name the folder of all payloads of an instance; no store takes a folder whose name ends in dots."""
    return f"{ROOT}/{_LAST_DOTS.sub(lambda dots: '%2E' * len(dots[0]), instance_id)}"


def put_payload(record: dict[str, Any], name: str, payload: object) -> None:
    """Write a payload, plain or sealed, into a record, for the field of that name."""
    if isinstance(payload, SEALED):
        put_sealed(record, name, payload)
    else:
        record[name] = payload


def take_payload(record: Mapping[str, Any], name: str) -> object:
    """Read what `put_payload` wrote; `None` if there is nothing.

    Raises:
        UndecodableMessage: what should be a sealed payload is none.
    """
    payload = record.get(name)
    return take_sealed(record, name) if payload is None else payload


def put_sealed(record: dict[str, Any], name: str, sealed: Sealed) -> None:
    """Write a sealed payload into a record, for the field of that name."""
    if isinstance(sealed, PayloadRef):
        written: dict[str, Any] = {"object": sealed.object, "bytes": sealed.bytes, "hash": sealed.hash}
        if sealed.codecs:
            written["codecs"] = list(sealed.codecs)
        record[name + REF] = written
    else:
        record[name + ENCODED] = {"of": sealed.of, "codecs": list(sealed.codecs), "data": sealed.data}


def take_sealed(record: Mapping[str, Any], name: str) -> Sealed | None:
    """Read the sealed payload of a field, if it has one.

    Raises:
        UndecodableMessage: it has something else there.
    """
    written = record.get(name + REF)
    if written is not None:
        return _read(name + REF, written, _ref)
    written = record.get(name + ENCODED)
    return None if written is None else _read(name + ENCODED, written, _encoded)


def _read(name: str, written: Any, read: Any) -> Sealed:
    try:
        sealed: Sealed = read(written)
    except (KeyError, TypeError, ValueError) as error:
        raise UndecodableMessage(
            f"expected a sealed payload in {name}; found {written!r:.200}: {type(error).__name__}: {error}"
        ) from error
    return sealed


def _ref(written: Any) -> PayloadRef:
    name, size, hash_ = written["object"], written["bytes"], written["hash"]
    found = _OBJECT.fullmatch(name)
    if found is None or found[3] != hash_:
        raise ValueError(f"expected an object {ROOT}/<instance>/<run>/<hash>")
    if type(size) is not int or size < 0:
        raise TypeError("expected the bytes as a number")
    ref = PayloadRef(name, size, hash_, _names(written.get("codecs", [])))
    _check(ref.of)
    return ref


def _encoded(written: Any) -> EncodedPayload:
    data = written["data"]
    if type(data) is not str:
        raise TypeError("expected the data as text")
    return EncodedPayload(_check(written["of"]), _names(written["codecs"]), data)


def _check(instance_id: str) -> str:
    try:
        return check_instance_id(instance_id)
    except InvalidName as error:
        raise ValueError(str(error)) from error


def _names(codecs: Any) -> tuple[str, ...]:
    if type(codecs) is not list or not all(type(name) is str for name in codecs):
        raise TypeError("expected the codecs as a list of names")
    return tuple(codecs)
