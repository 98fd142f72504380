"""What the owner does when it is asked: one handler for each kind of request.

What if the process dies or loses the partition while it handles one …
  the request is not settled and comes again, so a handler meets whatever the first try has left and goes on from there.

1. Requests of a receive are handled after its turns, one after the other, by the loop that runs the turns: nothing else
   changes the instance meanwhile.
2. A handler that fails harms no other: its request goes to the dead-letter queue with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from durable.errors import TransientError, UndecodableMessage
from durable.failure import text_of
from durable.requests import FORK, PURGE, REWIND, UNBLOCK, OwnerRequest
from orchestrator.host.branching import fork, rewind, unblock
from orchestrator.host.grounds import Done, Grounds
from orchestrator.host.purge import purge
from orchestrator.host.triage import Asked, Refused

_LOG = logging.getLogger(__name__)

Handler = Callable[[OwnerRequest, Grounds], Awaitable[Done]]
HANDLERS: Mapping[str, Handler] = {PURGE: purge, REWIND: rewind, FORK: fork, UNBLOCK: unblock}


async def answer(asked: Asked, grounds: Grounds) -> Done | Refused | None:
    """Handle one request; `None` leaves it as it is, for an owner that can read the instance.

    Raises:
        TransientError: the partition is lost, or the outside unwell; the request comes again.
    """
    request = asked.request
    try:
        return await HANDLERS[request.kind](request, grounds)
    except TransientError:
        raise
    except UndecodableMessage as error:
        _LOG.error("%s for %s waits for an owner that can read it: %s", request.kind, request.instance_id, error)
        return None
    except Exception as error:
        _LOG.exception("%s for instance %s failed", request.kind, request.instance_id)
        told = f"{request.kind} for instance {request.instance_id!r}: {type(error).__name__}: {text_of(error)}"
        return Refused(asked.delivery, "RequestFailed", told)
