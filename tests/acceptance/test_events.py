"""`wait_for_event`, `send_event`, `pending_events`, and events that come early, twice or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from durable import DeadlineExceeded, EventTimeout, SagaContext, saga
from durable.testing import Mode, SagaEnvironment

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Approval(BaseModel):
    by: str
    verdict: Literal["yes", "no"] = "yes"


@dataclass
class Point:
    x: int
    y: int


@saga("approving")
async def approving(ctx: SagaContext) -> Approval:
    return await ctx.wait_for_event("approval", Approval, timeout=24 * HOUR)


def test_an_event_comes_as_its_type(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[approving], handlers={}, mode=mode)
    run: Any = env.start(approving, instance_id="a")
    env.settle()
    waiting = run.waiting_for
    assert [(one.kind, one.name, one.attempt) for one in waiting] == [("event", "approval", 1)]
    assert waiting[0].since == env.now
    assert waiting[0].due == env.now + 24 * HOUR
    env.raise_event("a", "approval", Approval(by="me"))
    assert run.status == "Running"
    env.settle()

    assert run.status == "Completed"
    assert run.result == Approval(by="me")
    received = [event for event in run.history if event.kind == "EventReceived"]
    assert [(event.name, event.payload["by"]) for event in received] == [("approval", "me")]
    assert run.waiting_for == []


def test_an_event_that_does_not_come_is_an_event_timeout(mode: Mode) -> None:
    @saga("impatient")
    async def impatient(ctx: SagaContext) -> list[Any]:
        began = ctx.now
        handle = ctx.wait_for_event("x", int, timeout=MINUTE)
        told = []
        for _ in range(2):
            try:
                await handle
            except EventTimeout as error:
                told.append(f"{type(error).__name__} {(ctx.now - began).total_seconds()}")
        return told

    env = SagaEnvironment(sagas=[impatient], handlers={}, mode=mode)
    run: Any = env.start(impatient)
    env.advance(HOUR)

    assert run.result == ["EventTimeout 60.0"] * 2
    assert not issubclass(EventTimeout, DeadlineExceeded)


@saga("taking")
async def taking(ctx: SagaContext, count: int) -> list[Any]:
    await ctx.wait_for_event("go", str)
    pending = ctx.pending_events("n")
    taken = [await ctx.wait_for_event("n", int) for _ in range(count)]
    return [pending, taken, ctx.pending_events("n")]


def test_buffered_events_are_taken_in_order_of_arrival(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[taking], handlers={}, mode=mode)
    run: Any = env.start(taking, 3, instance_id="a")
    env.settle()
    for n in (3, 1, 2, 9):
        env.raise_event("a", "n", n)
    env.settle()
    env.raise_event("a", "go", "")
    env.settle()

    assert run.result == [4, [3, 1, 2], 1]
    assert env.get("a").unread_events == 1


def test_events_raised_before_the_instance_are_parked_and_taken_in_order(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[taking], handlers={}, mode=mode)
    for n in (5, 4):
        env.raise_event("a", "n", n)
    env.raise_event("a", "go", "now")
    env.settle()
    assert [(one.instance_id, one.name) for one in env.parked_events("a")] == [("a", "n"), ("a", "n"), ("a", "go")]
    run: Any = env.start(taking, 2, instance_id="a")
    env.settle()

    assert run.result == [2, [5, 4], 0]
    assert env.parked_events() == []


def test_parked_events_and_a_start_in_one_batch(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[taking], handlers={}, mode=mode)
    env.raise_event("a", "n", 1)
    run: Any = env.start(taking, 1, instance_id="a")
    env.raise_event("a", "go", "now")
    env.settle()

    assert run.result == [1, [1], 0]


def test_the_same_event_id_is_taken_once_however_late(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[taking], handlers={}, mode=mode)
    run: Any = env.start(taking, 2, instance_id="a")
    env.raise_event("a", "n", 1, event_id="e-1")
    env.raise_event("a", "n", 1, event_id="e-1")
    env.advance(timedelta(days=2))
    env.raise_event("a", "n", 1, event_id="e-1")
    env.raise_event("a", "go", "")
    env.settle()
    assert run.status == "Running"
    env.raise_event("a", "n", 2, event_id="e-2")
    env.settle()

    assert run.result == [1, [1, 2], 0]


def test_an_event_at_the_start_is_in_the_history_from_the_start(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[taking], handlers={}, mode=mode)
    run: Any = env.start(taking, 0, instance_id="a", event=("go", "now"))
    env.settle()

    assert run.result == [0, [], 0]
    assert [event.kind for event in run.history][:2] == ["SagaStarted", "EventReceived"]


def test_an_event_whose_wait_was_cancelled_is_left_for_the_next_one(mode: Mode) -> None:
    @saga("second-wait")
    async def second_wait(ctx: SagaContext) -> int:
        first = ctx.wait_for_event("n", int)
        first.cancel()
        return await ctx.wait_for_event("n", int)

    env = SagaEnvironment(sagas=[second_wait], handlers={}, mode=mode)
    run: Any = env.start(second_wait, instance_id="a")
    env.raise_event("a", "n", 1)
    env.settle()

    assert run.result == 1


def test_waits_of_one_name_are_served_in_their_order(mode: Mode) -> None:
    @saga("several-waits")
    async def several_waits(ctx: SagaContext) -> list[int]:
        one, two = ctx.wait_for_event("n", int), ctx.wait_for_event("n", int)
        late = await two
        return [await one, late]

    env = SagaEnvironment(sagas=[several_waits], handlers={}, mode=mode)
    run: Any = env.start(several_waits, instance_id="a")
    env.raise_event("a", "n", 1)
    env.raise_event("a", "n", 2)
    env.settle()

    assert run.result == [1, 2]


@pytest.mark.parametrize(
    ("type_", "payload", "expected"),
    [
        (int | str, "x", "x"),
        (list[Point], [Point(1, 2)], [Point(1, 2)]),
        (dict[str, Approval], {"a": Approval(by="b")}, {"a": Approval(by="b")}),
        (Point | None, None, None),
    ],
)
def test_payloads_of_any_annotation(type_: Any, payload: Any, expected: Any) -> None:
    @saga("typed")
    async def typed(ctx: SagaContext) -> bool:
        return bool(await ctx.wait_for_event("x", type_) == expected)

    env = SagaEnvironment(sagas=[typed], handlers={})
    run: Any = env.start(typed, instance_id="a")
    env.raise_event("a", "x", payload)
    env.settle()

    assert run.result is True


def test_an_event_is_sent_to_another_instance_once_and_kept_until_it_starts(mode: Mode) -> None:
    @saga("sender")
    async def sender(ctx: SagaContext) -> None:
        ctx.send_event("receiver", "n", 7)
        ctx.send_event("receiver", "go", "x")

    env = SagaEnvironment(sagas=[sender, taking], handlers={}, mode=mode)
    run: Any = env.start(sender, instance_id="s")
    env.settle()
    assert run.kinds["EventSent"] == 2
    late = env.start(taking, 1, instance_id="receiver")
    env.settle()

    assert late.result == [1, [7], 0]


def test_a_payload_that_does_not_serialise_is_a_type_error_at_the_call(mode: Mode) -> None:
    @saga("bad-sender")
    async def bad_sender(ctx: SagaContext) -> str:
        try:
            ctx.send_event("receiver", "n", object())
        except TypeError:
            return "TypeError"
        return ""

    env = SagaEnvironment(sagas=[bad_sender], handlers={}, mode=mode)
    run: Any = env.start(bad_sender)
    env.settle()
    assert run.result == "TypeError"
    assert run.kinds["EventSent"] == 0
    with pytest.raises(TypeError):
        env.raise_event("a", "n", object())


def test_events_go_along_with_continue_as_new(mode: Mode) -> None:
    @saga("eternal")
    async def eternal(ctx: SagaContext, seen: list[int]) -> list[int]:
        seen = [*seen, await ctx.wait_for_event("n", int)]
        if len(seen) < 5:
            ctx.continue_as_new(seen)
        return seen

    env = SagaEnvironment(sagas=[eternal], handlers={}, mode=mode)
    run: Any = env.start(eternal, [], instance_id="a")
    for n in range(3):
        env.raise_event("a", "n", n)
    env.settle()
    for n in range(3, 5):
        env.raise_event("a", "n", n)
    env.settle()

    assert run.result == [0, 1, 2, 3, 4]
    assert run.kinds["ContinuedAsNew"] == 4
    assert run.kinds["SagaStarted"] == 5
    assert env.get("a").execution == 5
