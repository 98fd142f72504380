"""Which messages a turn sends: derived from its events, so that sending them again gives the same ones.

1. A turn names the events to be sent; everything else about a message follows from the event and from whose turn it is.
2. A message that is sent again because its turn may not have been sent has the same id. What concerns a task that is
   closed is not sent again; what tells others is, and they know it by its id.
"""

from orchestrator.host.outbox.children import outcome_of, refusal_of
from orchestrator.host.outbox.lifecycle import LIFECYCLE_TYPES
from orchestrator.host.outbox.origin import Addressed, Origin
from orchestrator.host.outbox.sending import messages_by_event, messages_of, open_messages_of

__all__ = [
    "LIFECYCLE_TYPES",
    "Addressed",
    "Origin",
    "messages_by_event",
    "messages_of",
    "open_messages_of",
    "outcome_of",
    "refusal_of",
]
