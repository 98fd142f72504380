"""One request of each kind to the owner of an instance."""

from durable.requests import OwnerRequest
from tests.support.examples import RUN, TRACE

REQUESTS = {
    "PurgeRequested": OwnerRequest("purge-id", "a", "PurgeRequested", RUN, trace=TRACE),
    "RewindRequested": OwnerRequest(
        "rewind-id", "a", "RewindRequested", RUN, {"execution": 2, "to": None, "reason": "repaired"}, TRACE
    ),
    "ForkRequested": OwnerRequest(
        "fork-id",
        "b",
        "ForkRequested",
        "",
        {"instance_id": "a", "run": RUN, "execution": 2, "to": 7, "reason": "what if"},
        TRACE,
    ),
    "UnblockRequested": OwnerRequest("unblock-id", "a", "UnblockRequested", RUN, {"reason": "deployed"}, TRACE),
}
