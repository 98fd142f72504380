"""A secret as the bytes of an object: an envelope that anybody can read, and inside it the value, encrypted.

1. The envelope is JSON: its format, the algorithm, the id of the key, the reference of the secret, the instance that
   had it written and the sealed bytes in base64 (nonce of 12 bytes, ciphertext, tag).
2. Authenticated with it are the id of the key and the reference: an object whose envelope was changed does not open.
3. The value is padded before: the size of the object tells its length only in steps of `STEP_BYTES`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final, Literal

import orjson
from pydantic import BaseModel, ValidationError

from contracts.secrets import SecretReference
from durable.codecs import PayloadContext
from durable.codecs.encryption import AesGcm

FORMAT: Final = "durable-sealed-secret-1"
STEP_BYTES: Final = 256
ENVELOPE_BYTES_MAX: Final = 4 * 1024 * 1024
_LENGTH_BYTES = 4


class Envelope(BaseModel):
    """What a sealed secret is from outside."""

    format: Literal["durable-sealed-secret-1"] = FORMAT
    algorithm: Literal["AES-256-GCM"] = "AES-256-GCM"
    key: str
    secret: SecretReference
    instance: str
    sealed: str


class NotSealed(ValueError):
    """Bytes are no sealed secret, or can't be opened with these keys; the message says why."""


class Seal:
    """Seals with the first of several keys, opens with any: keys of 32 bytes by id.

    Raises:
        ValueError: there is no key, or one of them is none; no key is told.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._cipher = AesGcm(keys)

    def close(self, value: str, secret: SecretReference, instance_id: str) -> tuple[bytes, str]:
        """Give the bytes of the object, and the id of the key."""
        encoded = self._cipher.encode(_padded(value.encode()), _bound(secret))
        sealed = b64encode(encoded.data).decode()
        envelope = Envelope(key=encoded.parameter, secret=secret, instance=instance_id, sealed=sealed)
        return orjson.dumps(envelope.model_dump(), option=orjson.OPT_INDENT_2) + b"\n", encoded.parameter

    def open(self, data: bytes) -> tuple[str, SecretReference]:
        """Give the value and which secret it is the value of.

        Raises:
            NotSealed: it is none, was changed, or its key is not among these.
        """
        envelope = envelope_of(data)
        try:
            sealed = b64decode(envelope.sealed, validate=True)
            padded = self._cipher.decode(sealed, envelope.key, _bound(envelope.secret))
        except LookupError as error:
            raise NotSealed(str(error.args[0])) from error
        except ValueError as error:
            told = f"expected secret {envelope.secret.name!r} sealed under key {envelope.key!r}"
            raise NotSealed(f"{told}; found something that was changed, or another key of that id") from error
        return _unpadded(padded).decode(), envelope.secret


def envelope_of(data: bytes) -> Envelope:
    """Read the envelope alone, for which no key is needed.

    Raises:
        NotSealed: it is none.
    """
    try:
        return Envelope.model_validate_json(data)
    except ValidationError as error:
        raise NotSealed(f"expected a sealed secret ({FORMAT}); found something else") from error


def _bound(secret: SecretReference) -> PayloadContext:
    # Slashes stand in no instance id: no payload sealed under the same key can be taken for a secret.
    return PayloadContext(f"secret/{secret.vault}/{secret.name}/{secret.version or ''}")


def _padded(value: bytes) -> bytes:
    framed = len(value).to_bytes(_LENGTH_BYTES) + value
    return framed.ljust(-(-len(framed) // STEP_BYTES) * STEP_BYTES, b"\0")


def _unpadded(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:_LENGTH_BYTES])
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
