"""Which verb is possible in which status."""

from __future__ import annotations

from collections.abc import Mapping

from durable.errors import AlreadyEnded, InvalidState
from durable.status import Status
from orchestrator.heads import Head

ENDED = frozenset(status for status in Status if status.ended)
OPEN = frozenset(Status) - ENDED
BEGUN = frozenset(Status) - {Status.PENDING, Status.REJECTED}

POSSIBLE: Mapping[str, frozenset[Status]] = {
    "raise_event": OPEN,
    "cancel": OPEN,
    "terminate": OPEN,
    "suspend": OPEN - {Status.BLOCKED},
    "resume": frozenset({Status.SUSPENDED}),
    "unblock": frozenset({Status.BLOCKED}),
    "retry": frozenset({Status.FAILED, Status.COMPENSATION_FAILED}),
    "skip": frozenset({Status.COMPENSATION_FAILED}),
    "rewind": BEGUN,
    "fork": BEGUN,
    "restart": ENDED,
    "purge": ENDED,
}


def require(verb: str, head: Head) -> None:
    """Refuse a verb that is not possible where the instance stands.

    Raises:
        AlreadyEnded: it has ended, and the verb is for one that has not.
        InvalidState: anything else; says where it stands and what is possible there.
    """
    possible = POSSIBLE[verb]
    if head.status in possible:
        return
    if head.status.ended and possible <= OPEN:
        raise AlreadyEnded(f"expected an instance that has not ended; {head.instance_id!r} is {head.status}")
    verbs = ", ".join(sorted(name for name, statuses in POSSIBLE.items() if head.status in statuses))
    raise InvalidState(
        f"expected an instance that is {' or '.join(sorted(possible))} to {verb}; {head.instance_id!r} is "
        f"{head.status}. Possible now: {verbs}"
    )
