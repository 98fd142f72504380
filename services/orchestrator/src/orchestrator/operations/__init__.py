"""What can be done with instances, without HTTP: one function for each verb, over ports.

The management API calls them for its routes, the test environment of authors for its methods: what is allowed when,
and which message says it, stands here once.

1. A verb that is refused raises one of the client's errors (`durable.errors`), and then nothing was sent.
2. What is allowed is judged by the head. A message that comes too late all the same is settled by the owner, who
   judges it by the history.
3. A verb returns when the broker has confirmed its message, not when the instance has taken it.
"""

from orchestrator.operations.branching import fork, rewind
from orchestrator.operations.catalogue import SagaCatalogue
from orchestrator.operations.completing import complete, fail, heartbeat
from orchestrator.operations.finding import get, show
from orchestrator.operations.head_writer import HeadWriter
from orchestrator.operations.listing import count, list_page
from orchestrator.operations.looking import Standing, standing
from orchestrator.operations.new_instance import NewInstance
from orchestrator.operations.parked import parked_events
from orchestrator.operations.ports import Guard, Ports
from orchestrator.operations.purging import purge
from orchestrator.operations.repairs import retry, skip, unblock
from orchestrator.operations.signals import cancel, raise_event, resume, suspend, terminate
from orchestrator.operations.starting import Started, begin, restart, start

__all__ = [
    "Guard",
    "HeadWriter",
    "NewInstance",
    "Ports",
    "SagaCatalogue",
    "Standing",
    "Started",
    "begin",
    "cancel",
    "complete",
    "count",
    "fail",
    "fork",
    "get",
    "heartbeat",
    "list_page",
    "parked_events",
    "purge",
    "raise_event",
    "restart",
    "resume",
    "retry",
    "rewind",
    "show",
    "skip",
    "standing",
    "start",
    "suspend",
    "terminate",
    "unblock",
]
