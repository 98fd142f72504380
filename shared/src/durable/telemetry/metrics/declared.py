"""All metrics that there are. `docs/reference/metrics.md` lists them, and is checked against this.

Labels have few different values in one deployment: names of sagas, activities and queues, and classes of reasons. What
tells one instance from another is in spans and log lines.
"""

from __future__ import annotations

from durable.telemetry.metrics.metric import Kind, Metric

ACTIVITY = "activity"
DESTINATION = "destination"
ENTITY = "entity"
EVENT_TYPE = "event_type"
FOUND = "found"
LEVEL = "level"
METHOD = "method"
OPERATION = "operation"
OUTCOME = "outcome"
REASON = "reason"
ROUTE = "route"
SAGA = "saga"
STATUS = "status"

_ALL: list[Metric] = []

# From half a millisecond to a minute, and for what waits for people, on to a week.
_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LONG = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 21600.0, 86400.0, 604800.0)
_SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_EVENTS = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0)


def _counter(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return _declared(Metric(name, Kind.COUNTER, unit, meaning, labels))


def _gauge(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return _declared(Metric(name, Kind.GAUGE, unit, meaning, labels))


def _times(name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _QUICK) -> Metric:
    return _declared(Metric(name, Kind.HISTOGRAM, "s", meaning, labels, buckets))


def _sizes(name: str, unit: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _SIZES) -> Metric:
    return _declared(Metric(name, Kind.HISTOGRAM, unit, meaning, labels, buckets))


def _declared(metric: Metric) -> Metric:
    _ALL.append(metric)
    return metric


# Sagas, as the orchestrator sees them; counted when the turn that tells of it is durable.
RUNS_STARTED = _counter("durable.runs.started", "{run}", "Runs that began.", SAGA)
RUN_DURATION = _times("durable.run.duration", "From the start of a run to its end.", SAGA, STATUS, buckets=_LONG)
ATTEMPTS_SCHEDULED = _counter("durable.attempts.scheduled", "{attempt}", "Commands to workers.", SAGA, ACTIVITY)
ATTEMPTS_RETRIED = _counter(
    "durable.attempts.retried", "{attempt}", "Of these, attempts after the first.", SAGA, ACTIVITY
)
ATTEMPTS_COMPLETED = _counter("durable.attempts.completed", "{attempt}", "Attempts with a result.", SAGA, ACTIVITY)
ATTEMPTS_FAILED = _counter(
    "durable.attempts.failed", "{attempt}", "Attempts that failed, by type of failure.", SAGA, ACTIVITY, REASON
)
COMPENSATIONS_STARTED = _counter("durable.compensations.started", "{run}", "Runs that began to undo.", SAGA)
INSTANCES_STUCK = _counter(
    "durable.instances.stuck",
    "{instance}",
    "Instances that wait for a person since then: `Blocked`, or `CompensationFailed`.",
    SAGA,
    STATUS,
)

# Turns and commits.
TURNS = _counter("durable.turns", "{turn}", "Turns that were committed.", SAGA)
TURN_DURATION = _times("durable.turn.duration", "Running the code of one turn, in memory.", SAGA)
ROUND_DURATION = _times("durable.round.duration", "From a receive to the settling of what it brought.")
COMMIT_DURATION = _times("durable.commit.duration", "Writing one batch of turns, until the store confirmed.")
COMMIT_TURNS = _sizes("durable.commit.turns", "{turn}", "How many turns one batch made durable.")
COMMIT_CONFLICTS = _counter(
    "durable.commit.conflicts", "{turn}", "Turns that somebody else had written: read again, and run again."
)

# What is in memory, and what is read.
PARTITIONS_OWNED = _gauge("durable.partitions.owned", "{partition}", "Partitions that this replica serves.")
PARTITIONS_WANTED = _gauge("durable.partitions.wanted", "{partition}", "Partitions that are its fair share.")
TAKEOVERS = _counter("durable.partitions.taken_over", "{partition}", "Takeovers of a partition by this replica.")
INSTANCES_LIVE = _gauge("durable.instances.live", "{instance}", "Instances in memory that have not ended.")
INSTANCES_REMEMBERED = _gauge(
    "durable.instances.remembered", "{instance}", "Ended instances in memory, as the ids that they consumed."
)
LOADS = _counter("durable.instances.loaded", "{instance}", "Instances that were cold: looked for in the store.", FOUND)
REPLAY_DURATION = _times("durable.replay.duration", "Running a history again, in memory.", SAGA)
REPLAY_EVENTS = _sizes("durable.replay.events", "{event}", "How long the history was.", SAGA, buckets=_EVENTS)
DISPATCH_WAITING = _gauge(
    "durable.dispatch.waiting",
    "{message}",
    "Messages of committed turns that wait for a destination that takes none.",
)
RECONCILED = _counter(
    "durable.reconciler.resent", "{message}", "Messages that may have been lost, and were sent again."
)
DEAD_LETTERS_REVIVED = _counter(
    "durable.dead_letters.revived", "{message}", "Dead letters that became failures, or were sent again.", REASON
)
DEAD_LETTERS_KEPT = _gauge(
    "durable.dead_letters.kept",
    "{message}",
    "Dead letters that wait for a person, as this replica saw them at its last look.",
    ENTITY,
)
EVENTS_ROUTED = _counter(
    "durable.events.routed", "{message}", "Starts and raised events that events of a type led to.", EVENT_TYPE
)

# Messages, in every service.
MESSAGES_SENT = _counter("durable.messages.sent", "{message}", "Messages that the broker confirmed.", DESTINATION)
SEND_DURATION = _times("durable.send.duration", "From a send to its confirmation.", DESTINATION)
SEND_MESSAGES = _sizes("durable.send.messages", "{message}", "How many messages one call sent.", DESTINATION)
TRANSFER_MESSAGES = _sizes(
    "durable.transfer.messages",
    "{message}",
    "How many messages of merged calls went to the broker at once.",
    DESTINATION,
)
SEND_FAILURES = _counter(
    "durable.send.failures", "{call}", "Sends that failed or were not confirmed, by class.", DESTINATION, REASON
)
MESSAGES_SENDING = _gauge("durable.messages.sending", "{message}", "Messages on their way to the broker.", DESTINATION)
MESSAGES_RECEIVED = _counter("durable.messages.received", "{message}", "Messages that were received.", ENTITY)
MESSAGES_REDELIVERED = _counter("durable.messages.redelivered", "{message}", "Of these, not the first time.", ENTITY)
RECEIVE_MESSAGES = _sizes("durable.receive.messages", "{message}", "How many messages one receive brought.", ENTITY)
QUEUE_DELAY = _times(
    "durable.queue.delay", "From when the broker had a message to give until it was received.", ENTITY, buckets=_LONG
)
MESSAGES_UNSETTLED = _gauge(
    "durable.messages.unsettled",
    "{message}",
    "Messages in the hands of this process: its own backlog, not that of the queue.",
    ENTITY,
)
MESSAGES_ABANDONED = _counter("durable.messages.abandoned", "{message}", "Messages that were given back.", ENTITY)
DEAD_LETTERS = _counter(
    "durable.messages.dead_lettered", "{message}", "Messages put into a dead-letter queue.", ENTITY, REASON
)

# The record store.
STORE_DURATION = _times("durable.store.duration", "Calls of the record store.", OPERATION, OUTCOME)
STORE_REFUSALS = _counter(
    "durable.store.refused", "{batch}", "Batches that the store refused: `exists` is its status 409.", REASON
)
STORE_REQUESTS = _counter("durable.store.requests", "{request}", "Requests to the store, each attempt counted.")
STORE_THROTTLED = _counter("durable.store.throttled", "{request}", "Of these, answered with status 429.")
STORE_CHARGE = _counter("durable.store.charge", "{request_unit}", "Request units, as the store said.")

# Workers.
SCHEDULE_TO_START = _times(
    "durable.activity.schedule_to_start",
    "From when a command was there to be taken until its handler began.",
    ACTIVITY,
    buckets=_LONG,
)
ACTIVITY_DURATION = _times("durable.activity.duration", "How long attempts ran.", ACTIVITY, OUTCOME, buckets=_LONG)
SLOTS_USED = _gauge("durable.worker.slots.used", "{slot}", "Commands that run, or hold a thread.")
SLOTS_FREE = _gauge("durable.worker.slots.free", "{slot}", "Commands that could run beside them.")
COMPLETIONS_WAITING = _gauge("durable.worker.completions.waiting", "{message}", "Completions that are not sent yet.")

# The ingestor, and HTTP in every service that speaks it.
EVENTS_INGESTED = _counter(
    "durable.events.ingested",
    "{event}",
    "Events as judged: taken, passed over, or why refused.",
    EVENT_TYPE,
    OUTCOME,
)
HTTP_DURATION = _times("durable.http.duration", "Requests, by the template of their route.", METHOD, ROUTE, STATUS)
HTTP_REFUSED = _counter(
    "durable.http.refused", "{request}", "Requests without a token, role or place: no route saw them.", STATUS
)

# The process and its telemetry.
LOOP_LAG = _times("durable.loop.lag", "How much later than asked for the event loop woke a timer.")
LOG_LINES = _counter("durable.log.lines", "{line}", "Lines that were logged at WARNING and above.", LEVEL)
SPANS_TOLD = _counter("durable.telemetry.spans", "{span}", "Spans that were handed to exporters.")
SPANS_QUEUED = _gauge("durable.telemetry.queued", "{span}", "Spans that wait to be exported.")
SPANS_DROPPED = _counter("durable.telemetry.dropped", "{span}", "Spans that were dropped since a queue was full.")

DECLARED: tuple[Metric, ...] = tuple(_ALL)
