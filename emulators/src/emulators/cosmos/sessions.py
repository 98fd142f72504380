"""Session tokens: which writes a client must see, as it was told with the answers to earlier requests.

1. A token names physical ranges, each with the number of the last write that the client knows of: `0:-1#25,1:-1#7`.
2. A read with a token that is ahead of what there is gets 404 with 1002, and so learns to ask elsewhere or later. Here
   that happens after a container was made anew from an older copy of the data, or when a fault wants it (`Replica`).
"""

from typing import Protocol

from emulators.cosmos.errors import READ_SESSION_NOT_AVAILABLE, CosmosError
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request


class Replica(Protocol):
    """What knows how far a read may look; a container does, and a fault may stand in for it."""

    @property
    def sequence(self) -> int:
        """The number of the last write that can be read."""


def check_session(request: Request, replica: Replica) -> None:
    """Raise 404 with 1002 if the client has seen more than there is to read."""
    token = request.headers.get(headers.SESSION_TOKEN)
    if token and _wanted(token) > replica.sequence:
        raise CosmosError(
            404,
            "The read session is not available for the input session token.",
            substatus=READ_SESSION_NOT_AVAILABLE,
        )


def _wanted(token: bytes) -> int:
    try:
        return max(int(part.partition(b"#")[2].partition(b"#")[0] or 0) for part in token.split(b","))
    except ValueError:
        raise CosmosError(400, f"The session token provided '{token.decode('latin-1')}' is invalid.") from None
