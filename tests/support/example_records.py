"""Heads and requests of each form, as `tests/golden/v1` holds them."""

from dataclasses import replace

from durable.events import ParentTask, SagaStarted
from durable.requests import OwnerRequest
from durable.status import Status
from orchestrator.heads import Head, StartRequest
from orchestrator.spending import Spent
from tests.support.examples import AT, FAILURE, LATER, RUN, TRACE, TURN

SPENT = Spent(12.25, 1800, 2, 410, {"documents.extract-page": [2, 1.25, 4, 1300], "~other": [1, 0.0, 1, 90]})
COSTLY_TURN = replace(TURN, spent=SPENT.in_turn())
COSTLY_HEAD = Head("c", "003", "split-pdf", "1", Status.RUNNING, RUN, "m1", AT, AT, turns=2, cost=SPENT)

HEADS = {
    "pending": Head("a", "003", "split-pdf", None, Status.PENDING, RUN, "m1", AT, AT, input={"n": 1}, trace=TRACE),
    "failed": Head(
        instance_id="a",
        partition="003",
        saga="split-pdf",
        version="1",
        status=Status.COMPENSATED,
        run=RUN,
        start="m1",
        created_at=AT,
        updated_at=LATER,
        turns=4,
        input={"n": 1},
        failure=FAILURE,
        reasons=(("n", "too small"),),
        ended_at=LATER,
        unread_events=2,
        trace=TRACE,
    ),
}
LATER_HEADS = {
    "delayed": Head(
        instance_id="b",
        partition="003",
        saga="split-pdf",
        version="1",
        status=Status.PENDING,
        run=RUN,
        start="m2",
        created_at=AT,
        updated_at=AT,
        input={"n": 1},
        next_start=SagaStarted(saga="split-pdf", version="1", tags={"region": "eu"}, event=("ready", {"n": 2})),
        due=LATER,
        deadline=LATER,
        requests=(StartRequest("r1", "hash", 1), StartRequest("r2", "hash", 1, "refused")),
    ),
    "child between two executions": Head(
        instance_id="b",
        partition="003",
        saga="split-pdf",
        version="1",
        status=Status.RUNNING,
        run=RUN,
        start="m2",
        created_at=AT,
        updated_at=LATER,
        execution=2,
        input={"n": 2},
        custom_status={"page": 7},
        tags={"region": "eu", "since": {"datetime": "2026-11-23T21:08:00+00:00"}},
        next_start=SagaStarted(saga="split-pdf", version="1", events=(("ready", None),)),
        parent=ParentTask(instance_id="a", run=RUN, execution=1, task_id=4, attempt=2),
        parent_id="a",
        root_id="r",
        refused_runs=("fedcba9876543210",),
    ),
}
REQUESTS = {
    "PurgeRequested": OwnerRequest("purge-id", "a", "PurgeRequested", RUN, trace=TRACE),
}
LATER_REQUESTS = {
    "RewindRequested": OwnerRequest("rewind-id", "a", "RewindRequested", RUN, {"to": 4, "reason": "x"}, TRACE),
    "ForkRequested": OwnerRequest(
        "fork-id",
        "b",
        "ForkRequested",
        "",
        {"instance_id": "a", "run": RUN, "execution": 2, "to": 4, "reason": "x"},
        TRACE,
    ),
    "UnblockRequested": OwnerRequest("unblock-id", "a", "UnblockRequested", RUN, {"reason": "x"}, TRACE),
}
