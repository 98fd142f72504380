"""The body of a request: read, unpacked, and bounded on both sides of the unpacking."""

import zlib

from starlette.requests import Request

BODY_BYTES_MAX = 16 << 20
UNPACKED_BYTES_MAX = 64 << 20
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BodyError(Exception):
    """The body can't be taken: `status` is the answer, the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def read_body(request: Request) -> bytes:
    """The body, unpacked; raises `BodyError` with 400 (not what its encoding says), 413 (too large) or 415."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise BodyError(413, f"A body of at most {BODY_BYTES_MAX} bytes was expected; send smaller batches.")
        parts.append(part)
    return _unpacked(b"".join(parts), request.headers.get("content-encoding", "identity").strip().lower())


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding in {"", "identity"}:
        return body
    if encoding not in _WINDOWS:
        raise BodyError(415, f"Content-Encoding gzip, deflate or identity was expected, found '{encoding[:40]}'.")
    unpacker = zlib.decompressobj(_WINDOWS[encoding])
    try:
        found = unpacker.decompress(body, UNPACKED_BYTES_MAX)
    except zlib.error as error:
        raise BodyError(400, f"The body is not {encoding}, as its Content-Encoding says: {error}.") from error
    if unpacker.unconsumed_tail:
        raise BodyError(413, f"At most {UNPACKED_BYTES_MAX} bytes were expected in a body; send smaller batches.")
    if not unpacker.eof:
        raise BodyError(400, f"The body ends in the middle of its {encoding}.")
    return found
