"""Bugs planted into the host: the exploration must find each, or its silence proves nothing."""

from datetime import timedelta

import pytest

from durable import Activity, SagaContext, saga
from durable.events import ActivityScheduled
from durable.ports import Delivery
from durable.testing import ExplorationFailed, explore
from orchestrator.engine import Instance
from orchestrator.host import dispatch, finishing
from orchestrator.host.consumed import Consumed, Place
from orchestrator.host.dispatch import Dispatcher, Sending
from orchestrator.host.finishing import Finishing
from orchestrator.host.residents import Resident

DO = Activity("work.do", int, int)
UNDO = Activity("work.undo", int, type(None))


@saga("working")
async def working(ctx: SagaContext) -> int:
    done = await ctx.call(DO, 1, compensate_with=UNDO)
    await ctx.sleep(timedelta(seconds=10))
    return await ctx.call(DO, done, compensate_with=UNDO)


@saga("undoing")
async def undoing(ctx: SagaContext) -> None:
    ctx.compensate(UNDO, 1)
    ctx.compensate(UNDO, 2)
    await ctx.call(DO, 1)
    raise LookupError("nothing there")


HANDLERS = {DO: lambda n: n + 1, UNDO: lambda _: None}


def found_in(subject: object = working) -> ExplorationFailed:
    with pytest.raises(ExplorationFailed) as caught:
        explore(subject, handlers=HANDLERS)  # type: ignore[arg-type]
    return caught.value


def test_a_host_that_sends_nothing_again_after_a_redelivery(monkeypatch: pytest.MonkeyPatch) -> None:
    async def settle_only(
        self: Finishing, resident: Resident, resend: list[tuple[Place, Delivery]], sending: Sending
    ) -> None:
        sending.inputs += [delivery for _, delivery in resend]

    monkeypatch.setattr(finishing.Finishing, "_send_again", settle_only)

    failure = found_in()
    assert len(failure.schedule) == 1
    assert failure.violation.of in {"every_instance_ends", "what_others_must_hear_was_sent"}


def test_a_host_that_settles_before_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Dispatcher.dispatch

    async def settle_first(self: Dispatcher, sending: Sending) -> None:
        await self.settle(sending.inputs)
        await right(self, Sending(messages=sending.messages))

    monkeypatch.setattr(dispatch.Dispatcher, "dispatch", settle_first)

    failure = found_in()
    assert len(failure.schedule) == 1
    assert "every_instance_ends" in str(failure)


def test_a_host_that_never_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forget(self: Dispatcher, deliveries: object) -> None:
        return

    monkeypatch.setattr(dispatch.Dispatcher, "settle", forget)

    failure = found_in()
    assert failure.schedule == ()
    assert failure.violation.of == "nothing_is_left_in_queues"


def test_a_host_that_takes_messages_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Consumed, "find", lambda *_: None)
    # Answers are known by their task as well; events are known by their id alone.
    waiting = saga("waiting")(_wait_for_three)

    with pytest.raises(ExplorationFailed) as caught:
        explore(waiting, handlers={}, events=[(timedelta(seconds=n), "n", n) for n in range(3)])

    assert caught.value.violation.of == "no_message_is_taken_twice"


async def _wait_for_three(ctx: SagaContext) -> list[int]:
    return [await ctx.wait_for_event("n", int) for _ in range(3)]


def test_code_that_decides_otherwise_when_it_is_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lives: list[int] = []

    @saga("unsteady")
    async def unsteady(ctx: SagaContext) -> int:
        lives.append(1)
        return await ctx.call(DO, 1, label=f"life {len(lives)}")

    failure = found_in(unsteady)

    assert failure.schedule == ()
    assert failure.violation.of == "histories_replay"


def test_undos_that_run_first_first(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Instance.turn

    def turned(self: Instance, inbox: object, now: object) -> object:
        turn = right(self, inbox, now)  # type: ignore[arg-type]
        for event in turn.events:
            if isinstance(event, ActivityScheduled) and event.compensates is not None:
                object.__setattr__(event, "compensates", 10 - event.compensates)
        return turn

    monkeypatch.setattr(Instance, "turn", turned)

    failure = found_in(undoing)
    assert "undos_run_last_first" in str(failure) or "histories_replay" in str(failure)
