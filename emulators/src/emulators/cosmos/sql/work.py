"""How much one request may make the endpoint compute: rows of joins, lengths of texts and arrays.

The endpoint serves one request at a time, so one account is enough: whoever reads a request opens it anew. Whatever
multiplies (rows of joined arrays, texts put together) is charged before it is kept.
"""

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue

WORK_MAX = 500_000
NODES_MAX = 100_000
_CHARACTERS = 32

_left = [WORK_MAX]


def begin() -> None:
    """A request begins: nothing is spent."""
    _left[0] = WORK_MAX


def spend(units: int) -> None:
    """Charge rows or items; raises 400 when it is too much."""
    _left[0] -= units
    if _left[0] < 0:
        raise CosmosError(
            400, f"The query needs more than {WORK_MAX} steps for one page: join fewer or shorter arrays."
        )


def spend_text(length: int) -> None:
    """Charge the length of a text that is about to be made."""
    spend(length // _CHARACTERS)


def check_size(value: JsonValue) -> None:
    """Refuse a computed value that stands for too many: parts of it may be one and the same, many times over."""
    if isinstance(value, list | dict) and _nodes(value, {}) > NODES_MAX:
        raise CosmosError(400, f"A value within the query has more than {NODES_MAX} parts.")


def _nodes(value: JsonValue, known: dict[int, int]) -> int:
    if not isinstance(value, list | dict):
        return 1
    count = known.get(id(value))
    if count is None:
        parts = value.values() if isinstance(value, dict) else value
        count = known[id(value)] = 1 + sum(_nodes(part, known) for part in parts)
    return count
