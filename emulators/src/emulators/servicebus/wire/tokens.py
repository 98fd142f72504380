"""Lock ids on the wire: a delivery tag of 16 bytes, and the UUID that the SDK makes of it.

1. The SDK reads the tag as `UUID(bytes_le=tag)` and sends that UUID back in RFC order. The last eight bytes are the
   same in both orders, so the lock id stands there.
2. The first eight bytes are random for each process: a token from before a restart is foreign, and so its lock is lost.
"""

import os
from uuid import UUID

_FOREIGN = 0


class LockTokens:
    """Makes and reads the lock tokens of one process."""

    def __init__(self) -> None:
        self._tag_head = os.urandom(8)
        self._uuid_head = UUID(bytes_le=self._tag_head + bytes(8)).bytes[:8]

    def tag(self, lock_id: int) -> bytes:
        """The delivery tag of a locked message."""
        return self._tag_head + lock_id.to_bytes(8, "big")

    def uuid(self, lock_id: int) -> bytes:
        """The same as a UUID in RFC order."""
        return self._uuid_head + lock_id.to_bytes(8, "big")

    def lock_id(self, uuid: bytes) -> int:
        """The lock id of a UUID in RFC order; 0, which locks nothing, if the token is foreign."""
        return int.from_bytes(uuid[8:16], "big") if uuid[:8] == self._uuid_head else _FOREIGN
