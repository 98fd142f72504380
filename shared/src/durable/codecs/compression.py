"""Codec `gzip`: makes payloads smaller that are worth it."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from durable.codecs.codec import Encoded, PayloadContext

FROM_BYTES: Final = 1024
INFLATED_BYTES_MAX: Final = 128 * 1024 * 1024
_LEVEL = 5
_WITH_GZIP_HEADER = 31


class Gzip:
    """Compresses payloads of more than `FROM_BYTES` that become smaller by it."""

    name = "gzip"

    def encode(self, data: bytes, context: PayloadContext) -> Encoded | None:  # noqa: ARG002 (compression needs none)
        if len(data) <= FROM_BYTES:
            return None
        packed = gzip.compress(data, _LEVEL, mtime=0)
        return Encoded(packed) if len(packed) < len(data) else None

    def decode(self, data: bytes, parameter: str, context: PayloadContext) -> bytes:  # noqa: ARG002 (nor does this)
        inflating = zlib.decompressobj(_WITH_GZIP_HEADER)
        inflated = inflating.decompress(data, INFLATED_BYTES_MAX)
        if not inflating.eof:
            raise ValueError(f"expected all of a payload of at most {INFLATED_BYTES_MAX} bytes; found more, or less")
        return inflated
