"""Codec `aesgcm`: encrypts payloads with AES-256-GCM under the first of several keys, decrypts with any.

1. The bytes are a random nonce of 12 bytes, the ciphertext and the tag. The label names the key: `aesgcm:<key id>`.
2. The instance that sealed the payload and the id of the key are authenticated: bytes that are changed, or stated to
   be another instance's, are refused.
3. A nonce is random, so a key is good for 2^32 payloads: rotate before.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from durable.codecs.codec import Encoded, PayloadContext

KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class AesGcm:
    """Encrypts with the first key.

    Raises:
        ValueError: there is no key, or one is not of `KEY_BYTES` bytes, or its id is not legal; no key is told.
    """

    name = "aesgcm"

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("expected at least one key; found none")
        for id, key in keys.items():
            if not _KEY_ID.fullmatch(id):
                raise ValueError(f"expected key ids of 1 to 64 of A-Z a-z 0-9 . _ -; found {id!r}")
            if len(key) != KEY_BYTES:
                raise ValueError(f"expected keys of {KEY_BYTES} bytes; found {len(key)} in {id!r}")
        self._ciphers = {id: AESGCM(key) for id, key in keys.items()}
        self._first = next(iter(keys))

    def encode(self, data: bytes, context: PayloadContext) -> Encoded:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, data, _bound(self._first, context))
        return Encoded(nonce + sealed, self._first)

    def decode(self, data: bytes, parameter: str, context: PayloadContext) -> bytes:
        cipher = self._ciphers.get(parameter)
        if cipher is None:
            raise LookupError(f"expected one of the keys {', '.join(self._ciphers)}; found key {parameter!r}")
        try:
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound(parameter, context))
        except (InvalidTag, ValueError) as error:
            raise ValueError(
                f"expected bytes that instance {context.instance_id!r} encrypted under key {parameter!r}; "
                "found others, or another key of that id"
            ) from error


def _bound(key: str, context: PayloadContext) -> bytes:
    return f"durable:1:{key}:{context.instance_id}".encode()
