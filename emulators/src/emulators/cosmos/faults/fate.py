"""What becomes of a request that a fault has hit."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from emulators.cosmos.batch import failed_batch
from emulators.cosmos.errors import THROTTLED, CosmosError
from emulators.cosmos.faults.kinds import (
    CosmosFault,
    DelayAnswer,
    DelayRequest,
    DropConnection,
    FailOperation,
    LoseAnswer,
    Refuse,
    Throttle,
)
from emulators.cosmos.jsonvalue import decode
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_NONE = timedelta(0)
_MILLISECOND = timedelta(milliseconds=1)


class Ending(Enum):
    """How a request ends for its client."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    DROPPED = "dropped"


class Unanswered(Exception):
    """There is no answer; `ending` says what the client sees in its place."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(f"The request is {ending.value}: a fault was asked for.")
        self.ending = ending


@dataclass(frozen=True, slots=True)
class Fate:
    """In this order: wait, apply (unless there is a refusal), wait, end."""

    before: timedelta = _NONE
    refusal: Response | None = None
    is_applied: bool = True
    after: timedelta = _NONE
    ending: Ending = Ending.ANSWERED


def fate_of(fault: CosmosFault, request: Request) -> Fate:
    """What a fault does to a request."""
    match fault:
        case DelayRequest(delay=delay):
            return Fate(before=delay)
        case DelayAnswer(delay=delay):
            return Fate(after=delay)
        case LoseAnswer():
            return Fate(ending=Ending.UNANSWERED)
        case DropConnection(when=when):
            return Fate(is_applied=when == "after", ending=Ending.DROPPED)
        case Refuse() | Throttle() | FailOperation():
            return Fate(refusal=_refusal(fault, request), is_applied=False)
        case _:
            return Fate()


def _refusal(fault: Refuse | Throttle | FailOperation, request: Request) -> Response:
    status = 429 if isinstance(fault, Throttle) else fault.status
    substatus = (0 if isinstance(fault, Throttle) else fault.substatus) or (THROTTLED if status == 429 else 0)
    wait = fault.retry_after
    name = f" '{fault.name}'" if fault.name else ""
    error = CosmosError(
        status,
        f"The fault{name} of kind '{fault.kind}' was asked for on this local endpoint.",
        substatus=substatus,
        extra=() if wait is None else ((headers.RETRY_AFTER_MS, b"%d" % (wait / _MILLISECOND)),),
    )
    response = error.response(request.headers.get(headers.ACTIVITY_ID, b""))
    if not isinstance(fault, FailOperation):
        return response
    operations = decode(request.body)
    count = len(operations) if isinstance(operations, list) else 1
    result = failed_batch(count, min(fault.operation, count - 1), error)
    return Response(result.status, response.headers, result.body)
