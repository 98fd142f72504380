"""The faults of the Cosmos DB endpoint. The occasions that they meet are requests.

Places: `request` (a kind as `/stats` counts it: "create", "batch", "query", "pkranges" ...), `container` (`name` or
`database/name`), `partition_key` (a value, or the list of a hierarchical key), `id` (of an item, or of any item of a
batch), `reader` (a part of the user agent). Without `request` only requests for items are meant.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from emulators.faults.fault import Occasion, Recurring, When, check

ITEM_KINDS = frozenset(
    {
        "batch",
        "change-feed",
        "create",
        "delete",
        "patch",
        "query",
        "query-plan",
        "read",
        "read-feed",
        "replace",
        "upsert",
    }
)
READ_KINDS = frozenset({"change-feed", "query", "read", "read-feed"})
_THROTTLED_MS = timedelta(milliseconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CosmosFault(Recurring):
    """A fault of this endpoint that meets requests."""

    places = frozenset({"request", "container", "partition_key", "id", "reader"})
    requests: ClassVar[frozenset[str]] = ITEM_KINDS
    request: str | None = None
    container: str | None = None
    partition_key: str | int | float | bool | list[Any] | None = None
    id: str | None = None
    reader: str | None = None

    def meets(self, occasion: Occasion) -> bool:
        """Whether the request is where this fault wants it."""
        if self.request is None and not any(occasion.agrees("request", kind) for kind in self.requests):
            return False
        return Recurring.meets(self, occasion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(CosmosFault):
    """Answer with an error and apply nothing: 408, 410, 449, 503 or any other `status`, with its `substatus`."""

    kind = "refuse"
    status: int
    substatus: int = 0
    retry_after: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse what is no error."""
        CosmosFault.__post_init__(self)
        check(400 <= self.status <= 599, "'status' must be that of an error", self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle(CosmosFault):
    """Answer 429 with the time to wait, and apply nothing."""

    kind = "throttle"
    retry_after: timedelta = _THROTTLED_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOperation(CosmosFault):
    """Answer a batch with 207: `operation` failed with `status`, the others with it; nothing is applied."""

    kind = "fail-operation"
    requests = frozenset({"batch"})
    operation: int = 0
    status: int = 429
    substatus: int = 0
    retry_after: timedelta | None = _THROTTLED_MS

    def __post_init__(self) -> None:
        """Refuse what is no error."""
        CosmosFault.__post_init__(self)
        check(400 <= self.status <= 599, "'status' must be that of an error", self.status)
        check(self.request in {None, "batch"}, "'request' can only be 'batch'", self.request)
        check(self.operation >= 0, "'operation' must not be negative", self.operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseAnswer(CosmosFault):
    """Apply the request and never answer; the connection stays until the client gives up."""

    kind = "lose-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConnection(CosmosFault):
    """Drop the connection in place of an answer, before the request is applied or after."""

    kind = "drop-connection"
    when: When = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayAnswer(CosmosFault):
    """Apply the request, and answer it `delay` later."""

    kind = "delay-answer"
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayRequest(CosmosFault):
    """Apply the request `delay` later, whether or not its client still waits, and answer it then."""

    kind = "delay-request"
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRead(CosmosFault):
    """Answer reads and queries as things were `lag` ago, but never before the fault was set; None means then.

    A read with a session token sees at least what its token tells of.
    """

    kind = "stale-read"
    requests = READ_KINDS
    lag: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse what is no read."""
        CosmosFault.__post_init__(self)
        check(self.request is None or self.request in READ_KINDS, "'request' must be that of a read", self.request)
