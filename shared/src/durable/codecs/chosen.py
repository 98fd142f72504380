"""The codecs of a process, chosen by its settings.

1. `gzip` is always understood, and `aesgcm` wherever there are keys, so that a codec can be taken out of use while what
   it wrote is still there.
2. A codec of your own is named `module:factory`; it is understood as long as it is named.
"""

from __future__ import annotations

import importlib
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson

from durable.codecs.chain import Codecs
from durable.codecs.codec import PayloadCodec
from durable.codecs.compression import Gzip
from durable.codecs.encryption import AesGcm
from durable.errors import SettingsInvalid


def codecs_from(names: str, keys: str) -> Codecs:
    """Give the codecs named, separated by commas; `keys` is a JSON object of keys in base64 by id, or its file.

    Raises:
        SettingsInvalid: a codec is unknown or can't be made, or the keys can't be read; lists every fault.
    """
    faults: list[str] = []
    known: dict[str, PayloadCodec] = {Gzip.name: Gzip()}
    if keys:
        try:
            known[AesGcm.name] = AesGcm(keys_from(keys))
        except (OSError, ValueError, TypeError) as error:
            faults.append(f"PAYLOAD_KEYS: expected a JSON object of keys in base64 by id, or the path of one; {error}")
    chosen = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        try:
            chosen.append(known[name] if name in known else _made(name))
        except (LookupError, ImportError, AttributeError, TypeError, ValueError) as error:
            if not (name == AesGcm.name and faults):
                faults.append(f"PAYLOAD_CODECS: {error}")
    if faults:
        raise SettingsInvalid(faults)
    return Codecs(chosen, known.values())


def keys_from(text: str) -> Mapping[str, bytes]:
    """Read keys by id from a JSON object of them in base64, or from the file of that path, in their order.

    Raises:
        OSError: the file can't be read.
        ValueError, TypeError: it is none; tells no part of a key.
    """
    raw = text.encode() if text.lstrip().startswith("{") else Path(text).read_bytes()
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ValueError("found no JSON") from None  # Its text would tell a part of the keys.
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found.values()):
        raise TypeError("found something else")
    return {id: _decoded(id, key) for id, key in found.items()}


def _made(name: str) -> PayloadCodec:
    if name == AesGcm.name:
        raise LookupError("expected keys in PAYLOAD_KEYS for aesgcm; found none")
    module, _, factory = name.partition(":")
    if not factory:
        raise LookupError(f"expected gzip, aesgcm or module:factory; found {name!r}")
    codec: Any = getattr(importlib.import_module(module), factory)()
    if not all(hasattr(codec, part) for part in ("name", "encode", "decode")):
        raise TypeError(f"expected {name!r} to make a codec with name, encode and decode; found {codec!r:.80}")
    return cast("PayloadCodec", codec)


def _decoded(id: str, key: str) -> bytes:
    try:
        return b64decode(key, validate=True)
    except ValueError:
        raise ValueError(f"found no base64 in key {id!r}") from None
