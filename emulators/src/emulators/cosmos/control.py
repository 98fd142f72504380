"""Faults on demand: what a client must survive and what the real service does only when it pleases.

Each fault applies to the next `count` item-level requests (of one kind, if it says so), in the order of injection.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from emulators.cosmos.batch import failed_batch
from emulators.cosmos.errors import THROTTLED, CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response


class FaultKind(StrEnum):
    """What goes wrong.

    `STATUS`: the request is answered with `status` and not applied. `BATCH_STATUS`: a batch fails with 207, operation
    `operation` with `status`. `DELAY`: the request is applied and answered `delay` later, whether or not its client is
    still there. `LOSE_ANSWER`: it is applied, and the connection drops.
    """

    STATUS = "status"
    BATCH_STATUS = "batch-status"
    DELAY = "delay"
    LOSE_ANSWER = "lose-answer"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault to inject. `on` is a kind of request as `/stats` counts them ("batch", "read", "query" ...)."""

    kind: FaultKind
    count: int = 1
    on: str | None = None
    status: int = 429
    retry_after: timedelta = timedelta(milliseconds=10)
    delay: timedelta = timedelta(milliseconds=100)
    operation: int = 0

    @classmethod
    def of(cls, content: JsonObject) -> "Fault":
        """Read a fault from the body of the control route; times are in milliseconds."""
        known = {"kind", "count", "on", "status", "retry_after_ms", "delay_ms", "operation"}
        if not content.keys() <= known or content.get("kind") not in {*FaultKind}:
            raise CosmosError(400, f"Expected a fault with the properties {sorted(known)}, kind one of {[*FaultKind]}.")
        return cls(
            FaultKind(str(content["kind"])),
            count=_whole(content.get("count", 1)),
            on=None if content.get("on") is None else str(content["on"]),
            status=_whole(content.get("status", 429)),
            retry_after=timedelta(milliseconds=_whole(content.get("retry_after_ms", 10))),
            delay=timedelta(milliseconds=_whole(content.get("delay_ms", 100))),
            operation=_whole(content.get("operation", 0)),
        )

    def refusal(self, request: Request) -> Response:
        """Return the answer of a fault that keeps the request from being applied."""
        error = CosmosError(
            self.status,
            "This fault was asked for on the control route.",
            substatus=THROTTLED if self.status == 429 else 0,
            extra=((headers.RETRY_AFTER_MS, b"%d" % (self.retry_after / timedelta(milliseconds=1))),),
        )
        response = error.response(request.headers.get(headers.ACTIVITY_ID, b""))
        if self.kind is FaultKind.STATUS:
            return response
        operations = decode(request.body)
        count = len(operations) if isinstance(operations, list) else 1
        result = failed_batch(count, min(self.operation, count - 1), error)
        return Response(result.status, response.headers, result.body)


class Control:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @property
    def pending(self) -> int:
        """Return how many requests are still to be hit."""
        return sum(fault.count for fault in self._faults)

    def inject(self, fault: Fault) -> None:
        """Add a fault behind those that wait."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def take(self, kind: str) -> Fault | None:
        """Return the fault for a request of this kind, and count it down; the kind "" is never hit."""
        for at, fault in enumerate(self._faults if kind else ()):
            if fault.on in {None, kind}:
                self._faults[at : at + 1] = [replace(fault, count=fault.count - 1)] if fault.count > 1 else []
                return fault
        return None


def _whole(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise CosmosError(400, f"Expected a whole number in a fault, found {value!r}.")
    return value
