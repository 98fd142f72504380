"""What the tokens of one connection have opened so far.

A token opens an address and everything below it: one for a topic opens its subscriptions, one for the namespace all.
Host names don't count, since a local endpoint goes by many, and neither does case.
"""

CLAIMS_MAX = 10_000
FOREVER = 1 << 62


def covers(opened: str, path: str) -> bool:
    """Whether a token for one path opens another."""
    opened, path = opened.lower(), path.lower()
    return not opened or path == opened or path.startswith(opened + "/")


class Claims:
    """Paths, and until when each is open, in milliseconds since the epoch."""

    def __init__(self) -> None:
        self._until: dict[str, int] = {}

    def put(self, path: str, until: int) -> None:
        """Open a path, or prolong it; beyond the maximum the oldest is forgotten."""
        path = path.lower()
        self._until.pop(path, None)
        if len(self._until) >= CLAIMS_MAX:
            del self._until[next(iter(self._until))]
        self._until[path] = until

    def until(self, path: str) -> int:
        """Until when a path is open; 0 if it never was."""
        parts = path.lower().split("/")
        above = ["/".join(parts[:count]) for count in range(len(parts) + 1)]
        return max(self._until.get(each, 0) for each in above)
