"""One example of everything that is written down: what the golden files of a schema version hold."""

from datetime import UTC, datetime, timedelta

from durable.control import ActivityHeartbeat, CancelActivity
from durable.events import (
    ActivityCancelRequested,
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    Blocked,
    CancelRequested,
    CarriedUndo,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    CompensationRegistered,
    CompensationSkipped,
    CompensationStarted,
    ContinuedAsNew,
    EventReceived,
    EventSent,
    HistoryEvent,
    ParentTask,
    PatchMarked,
    PivotReached,
    Resumed,
    Rewound,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaRejected,
    SagaStarted,
    SagaTerminated,
    StatusSet,
    Suspended,
    TagsSet,
    TimerCancelled,
    TimerCreated,
    TimerFired,
    Unblocked,
)
from durable.failure import Failure
from durable.messages import Command, InstanceMessage
from orchestrator.parked import ParkedEvent
from orchestrator.records import TurnRecord
from orchestrator.tombstones import Tombstone

AT = datetime(2026, 11, 23, 21, 8, 0, 123456, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
CAUSE = Failure("builtins.OSError", "disk full")
FAILURE = Failure(
    type="payments.CardDeclined",
    message="card declined",
    bases=("payments.PaymentError",),
    details={"code": 51},
    retryable=False,
    cause=CAUSE,
    stack="Traceback …",
    retry_after=1.5,
)
PAGE = "documents.extract-page"
RUN = "0123456789abcdef"
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}

EVENTS: tuple[HistoryEvent, ...] = (
    SagaStarted(saga="split-pdf", version="1", input={"object": "a.pdf"}, started_by=("/files", "7"), message_id="m1"),
    ActivityScheduled(task_id=3, name=PAGE, label="page 3", attempt=2, input={"page": 3}, due=LATER, compensates=1),
    ActivityCompleted(
        task_id=3,
        name=PAGE,
        label="page 3",
        attempt=2,
        output=[1, "zwei", None],
        worker="w@1",
        started_at=AT,
        ended_at=LATER,
        message_id="m2",
    ),
    ActivityFailed(
        task_id=3,
        name=PAGE,
        label="page 3",
        attempt=2,
        failure=FAILURE,
        worker="w@1",
        started_at=AT,
        ended_at=LATER,
        message_id="m3",
    ),
    TimerCreated(task_id=4, name="sleep", due=LATER),
    TimerFired(task_id=4, name="sleep", due=LATER, message_id="m4"),
    TimerCancelled(task_id=5, name="approval"),
    EventReceived(name="approval", payload={"by": "me"}, message_id="m5"),
    CompensationRegistered(task_id=6, name="documents.delete-objects", input={"objects": ["b.pdf"]}),
    CompensationStarted(failure=FAILURE),
    SagaCompleted(output={"pages": 5}),
    SagaFailed(failure=FAILURE),
    SagaCompensated(failure=FAILURE),
    SagaCompensationFailed(failure=FAILURE, not_undone=(6, 7)),
    SagaTerminated(reason="asked to", message_id="m6"),
    SagaRejected(reasons=(("pages", "expected a number"),)),
    Blocked(expected="call of 'a.b'", found="call of 'c.d'", task_id=3, location="split_pdf.py:7", error="none"),
    Unblocked(),
)

# What the schema gained since its first files were written.
UNDO = CarriedUndo(name="documents.delete-objects", input={"objects": ["b.pdf"]}, group=1, retry={"max_attempts": 3})
PARENT = ParentTask(instance_id="p", run=RUN, execution=2, task_id=5, attempt=2)
LATER_EVENTS: tuple[HistoryEvent, ...] = (
    SagaStarted(
        saga="split-pdf",
        input=1,
        parent=PARENT,
        parent_id="p",
        root_id="r",
        tags={"tenant": "t1"},
        deadline=LATER,
        request_id="q",
        if_exists="return",
        event=("approval", {"by": "me"}),
        events=(("approval", None), ("note", 1)),
        undos=(UNDO,),
        message_id="m1",
    ),
    ActivityScheduled(
        task_id=3,
        name=PAGE,
        start_by=LATER,
        deadline=LATER,
        start_to_close=2.5,
        heartbeat=30,
        last_heartbeat={"page": 2},
        once=True,
    ),
    ActivityFailed(task_id=3, name=PAGE, failure=FAILURE, heartbeat={"page": 2}, message_id="m3"),
    ActivityCancelRequested(task_id=3, name="split-pdf", instance_id="c", terminates=True, reason="asked to"),
    ChildStarted(
        task_id=7,
        name="split-pdf",
        instance_id="c",
        version="2",
        input=1,
        due=LATER,
        deadline=LATER,
        tags={"tenant": "t1"},
        on_parent_end="cancel",
    ),
    ChildCompleted(task_id=7, name="split-pdf", output=[1], message_id="m7"),
    ChildFailed(task_id=7, name="split-pdf", failure=FAILURE, status="Cancelled", message_id="m8"),
    EventSent(name="approval", target="b", payload={"by": "me"}),
    CancelRequested(reason="asked to", message_id="m9"),
    Suspended(reason="asked to", message_id="m10"),
    Resumed(reason="asked to", message_id="m11"),
    StatusSet(value={"percent": 50}, announces="saga.approval-requested"),
    TagsSet(tags={"tenant": None, "n": 1}),
    PatchMarked(id="faster"),
    PivotReached(),
    CompensationRegistered(task_id=6, name="documents.delete-objects", group=1, retry={"max_attempts": 3}),
    CompensationSkipped(task_id=6, reason="done by hand", message_id="m12"),
    ContinuedAsNew(input=1, version="2", tags={"n": 1}, events=(("note", 1),), undos=(UNDO,)),
    SagaCancelled(reason="asked to"),
    SagaTerminated(reason="asked to", recursive=True, message_id="m13"),
    Rewound(instance_id="a", execution=1, to=9, reason="asked to"),
)

LATEST_EVENTS: tuple[HistoryEvent, ...] = (
    SagaStarted(saga="split-pdf", version="2", cancelled="enough"),
    ContinuedAsNew(input={"page": 9}, cancelled="enough"),
    Rewound(instance_id="a", run=RUN, execution=1, to=9),
)
MESSAGES = {
    "start through the API": InstanceMessage("m1", "a", EVENTS[0], head_etag='"e1"', trace=TRACE),
    "completion": InstanceMessage("m2", "a", EVENTS[2], RUN, 1, None, TRACE),
    "failure": InstanceMessage("m3", "a", EVENTS[3], RUN, 1, None, TRACE),
    "timer": InstanceMessage("m4", "a", EVENTS[5], RUN, 1, None, TRACE),
    "raised event": InstanceMessage("m5", "a", EVENTS[7], trace=TRACE),
    "terminate": InstanceMessage("m6", "a", EVENTS[14], trace=TRACE),
}
COMMANDS = {
    "command": Command("a", RUN, 1, 3, 2, PAGE, {"page": 3}, "key", "003", trace=TRACE),
    "command sent again": Command("a", RUN, 1, 3, 2, PAGE, None, "key", "003", resent=True, trace=TRACE),
}
COMMANDS_WITH_TIMES = {
    "command with time-outs": Command(
        "a",
        RUN,
        1,
        3,
        2,
        PAGE,
        {"page": 3},
        "key",
        "003",
        start_by=AT,
        deadline=LATER,
        start_to_close=30.5,
        heartbeat=10.0,
        last_heartbeat={"done": 0},
        trace=TRACE,
    ),
    "command that runs once": Command("a", RUN, 1, 3, 1, PAGE, None, "key", "003", once=True, trace=TRACE),
}
CONTROL: dict[str, ActivityHeartbeat | CancelActivity] = {
    "heartbeat": ActivityHeartbeat("h1", "a", RUN, 1, 3, 2, PAGE, {"done": 7}, "documents@1", "documents@1-5f", TRACE),
    "beacon": ActivityHeartbeat("h2", "a", RUN, 1, 3, 2, PAGE, None, "documents@1", "documents@1-5f", TRACE),
    "cancel of a task": CancelActivity("c1", "a", RUN, 1, 3, None, "too late", TRACE),
    "cancel of an attempt": CancelActivity("c2", "a", RUN, 1, 3, 2, "", TRACE),
}
TURN = TurnRecord(
    instance_id="a",
    run=RUN,
    execution=1,
    sequence=2,
    at=AT,
    writer="7:batch",
    events=EVENTS,
    outbox=(("lifecycle", 0), ("command", 1), ("timer", 4)),
    traceparent=TRACE["traceparent"],
)
TOMBSTONE = Tombstone("a", "003", RUN, 2, AT)
PARKED = ParkedEvent(
    instance_id="a",
    partition="003",
    id="event-id",
    event=EventReceived(name="approval", payload={"by": "me"}, message_id="event-id"),
    arrived=(7, 2),
    parked_at=AT,
    expires_at=AT + timedelta(hours=24),
    trace=TRACE,
)
