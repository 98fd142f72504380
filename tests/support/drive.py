"""Runs one saga over the engine alone: handlers are functions, time is virtual, nothing else is there.

1. What is due at the present time is delivered in the order in which it was sent; a batch makes one turn.
2. The modes differ in how turns are cut and where the code comes from, never in the order of what is delivered.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import orjson

from durable import Activity, NonRetryable, RetryAfter, Saga
from durable.activity import command_queue
from durable.codec import decode_event, encode_event
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    EventReceived,
    HistoryEvent,
    SagaStarted,
    SagaTerminated,
    TaskEvent,
    TimerCreated,
    TimerFired,
)
from durable.failure import failure_of
from durable.ids import message_id
from durable.payload import decode_payload, encode_payload
from durable.status import Status
from orchestrator.engine import Identity, Instance, Registry, Setup, Turn, Verdict

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
IDENTITY = Identity("a", "run", 1)
AnyActivity = Activity[Any, Any]
Handler = Callable[[Any], Any]


class Mode(Enum):
    """How turns are cut, and where the code comes from."""

    LIVE = "the coroutine is kept"
    COLD = "each turn replays the history"
    DUPLICATES = "every message comes again and again"
    SPLIT = "every message in a turn of its own"


def reread(history: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """Write a history down as a store would, and read it again."""
    written = [(orjson.dumps(encode_event(event)), event.at, event.sequence) for event in history]
    return [decode_event(orjson.loads(text), at=at, sequence=sequence) for text, at, sequence in written]


class Drive:
    """One instance of a saga and the world around it.

    Attributes:
        now: the virtual time.
        instance: the live instance.
        history: its history.
        effects: activity and input of each attempt that a handler ran.
        sent: outbox kinds and events in the order of sending.
    """

    def __init__(
        self, sagas: Sequence[Saga[Any, Any]], handlers: Mapping[AnyActivity, Handler], mode: Mode = Mode.LIVE
    ) -> None:
        self.now = NOON
        self.mode = mode
        self.history: list[HistoryEvent] = []
        self.effects: list[tuple[str, object]] = []
        self.sent: list[tuple[str, HistoryEvent]] = []
        self._handlers = {activity.name: (activity, handler) for activity, handler in handlers.items()}
        self._queue: list[tuple[datetime, int, HistoryEvent]] = []
        self._order = 0
        self._consumed: set[str | None] = set()
        self._latest: list[HistoryEvent] = []
        self.deploy(sagas)

    def deploy(self, sagas: Sequence[Saga[Any, Any]]) -> None:
        """Put other code in place, as a restart would."""
        destinations = frozenset(command_queue(name) for name in self._handlers)
        self.setup = Setup(Registry(sagas), destinations)
        self.instance = Instance.replay(IDENTITY, self.setup, reread(self.history))

    def start(self, saga: Saga[Any, Any], data: object = None) -> Drive:
        """Ask for the instance and run what is due."""
        self._send(SagaStarted(saga=saga.name, version=saga.version, input=data, message_id="start"))
        return self.settle()

    def raise_event(self, name: str, payload: object = None) -> None:
        """Queue an event for the instance."""
        self._send(EventReceived(name=name, payload=payload, message_id=f"event {self._order}"))

    def terminate(self, reason: str = "") -> None:
        """Queue the end of the instance."""
        self._send(SagaTerminated(reason=reason, message_id=f"terminate {self._order}"))

    def settle(self) -> Drive:
        """Run until nothing is due at the present time."""
        if self.instance.pending:
            self._turn([])
        while inbox := self._due():
            self._turn(inbox)
        return self

    def advance(self, span: timedelta) -> Drive:
        """Let time pass; what falls due happens in order."""
        end = self.now + span
        while self._queue and self._queue[0][0] <= end:
            self.now = max(self.now, self._queue[0][0])
            self.settle()
        self.now = end
        return self

    def finish(self) -> Drive:
        """Let time pass for as long as anything falls due."""
        while self._queue:
            self.advance(max(timedelta(0), self._queue[0][0] - self.now))
        return self

    @property
    def status(self) -> Status:
        """Where the instance stands."""
        return self.instance.status

    @property
    def kinds(self) -> Counter[str]:
        """The history by kind."""
        return Counter(type(event).__name__ for event in self.history)

    def of(self, kind: type[HistoryEvent]) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.history if type(event) is kind]

    def _send(self, event: HistoryEvent, due: datetime | None = None) -> None:
        self._order += 1
        heapq.heappush(self._queue, (due or self.now, self._order, event))

    def _due(self) -> list[HistoryEvent]:
        inbox: list[HistoryEvent] = []
        while self._queue and self._queue[0][0] <= self.now:
            _, _, event = heapq.heappop(self._queue)
            if isinstance(event, ActivityScheduled):
                self._send(self._run(event))
            else:
                inbox.append(event)
                if self.mode is Mode.SPLIT:
                    break
        return inbox

    def _turn(self, inbox: list[HistoryEvent]) -> None:
        if self.mode is Mode.DUPLICATES:
            inbox, self._latest = [*self._latest, *(event for event in inbox for _ in "12")], inbox
        fresh = [event for event in inbox if self._is_fresh(event)]
        assert all(self.instance.judge(event) is not Verdict.AHEAD for event in fresh)
        self._commit(self.instance.turn(fresh, self.now))
        if self.mode is Mode.COLD:
            self.instance.close()
            self.instance = Instance.replay(IDENTITY, self.setup, reread(self.history))
            assert not self.instance.pending

    def _is_fresh(self, event: HistoryEvent) -> bool:
        if isinstance(event, TaskEvent):
            return True
        known = event.message_id in self._consumed
        self._consumed.add(event.message_id)
        return not known

    def _commit(self, turn: Turn) -> None:
        assert [event.sequence for event in turn.events] == [
            len(self.history) + number for number in range(1, len(turn.events) + 1)
        ]
        self.history += turn.events
        for kind, index in turn.outbox:
            event = turn.events[index]
            self.sent.append((kind, event))
            if isinstance(event, ActivityScheduled):
                self._send(event, event.due)
            elif isinstance(event, TimerCreated):
                fired = TimerFired(task_id=event.task_id, due=event.due, message_id=_id(event, "TimerFired"))
                self._send(fired, event.due)

    def _run(self, command: ActivityScheduled) -> HistoryEvent:
        activity, handler = self._handlers[command.name]
        self.effects.append((command.name, command.input))
        answer = ActivityCompleted(
            task_id=command.task_id, attempt=command.attempt, worker="w", message_id=_id(command, "answer")
        )
        try:
            output = handler(decode_payload(command.input, activity.input))
        except Exception as error:
            failure = failure_of(error, retryable=not isinstance(error, NonRetryable))
            if isinstance(error, RetryAfter):
                failure = replace(failure, retry_after=error.delay.total_seconds())
            return ActivityFailed(
                task_id=answer.task_id, attempt=answer.attempt, failure=failure, message_id=answer.message_id
            )
        return replace(answer, output=encode_payload(output, activity.output))


def _id(event: TaskEvent, kind: str) -> str:
    return message_id(IDENTITY.instance_id, IDENTITY.run, kind, event.task_id, event.attempt)
