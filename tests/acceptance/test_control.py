"""Cancel, terminate, suspend, resume, restart, purge: what is asked of an instance from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, Cancelled, SagaContext, Status, saga
from durable.errors import AlreadyEnded, AlreadyExists, InvalidState, NotFound
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@saga("waiting")
async def waiting(ctx: SagaContext, n: int) -> str:
    return f"{n} {await ctx.wait_for_event('go', str)}"


@saga("cleaning")
async def cleaning(ctx: SagaContext) -> list[Any]:
    told: list[Any] = []
    held = ctx.call(WORK, 5)
    try:
        await ctx.wait_for_event("go", str)
    except Cancelled as error:
        told.append(error.reason)
    told.append(await ctx.call(WORK, 1))
    await ctx.sleep(MINUTE)
    told.append(await held)
    return told


def environment(*sagas: Any, mode: Mode) -> SagaEnvironment:
    return SagaEnvironment(sagas=[*sagas, waiting, cleaning], handlers={WORK: lambda n: n}, mode=mode, seed=7)


def test_cancel_is_raised_once_with_its_reason_and_later_awaits_work(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(cleaning, instance_id="a")
    env.settle()
    env.cancel("a", reason="enough")
    env.settle()
    env.cancel("a", reason="again")
    env.advance(HOUR)

    assert run.status == "Completed"
    assert run.result == ["enough", 1, 5]
    assert run.kinds["CancelRequested"] == 2


def test_a_saga_that_lets_its_cancel_through_is_cancelled(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(waiting, 1, instance_id="a")
    env.settle()
    env.cancel("a", reason="enough")
    assert run.status == "Running"
    env.settle()

    assert run.status == "Cancelled"
    [requested] = [e for e in run.history if e.kind == "CancelRequested"]
    assert requested.reason == "enough"
    with pytest.raises(AlreadyEnded):
        env.cancel("a")


def test_a_cancel_before_any_await_is_raised_at_the_first(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(waiting, 1, instance_id="a")
    env.cancel("a")
    env.settle()

    assert run.status == "Cancelled"


def test_terminate_ends_also_what_is_pending(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(waiting, 1, instance_id="a", delay=HOUR)
    env.settle()
    assert run.status == "Pending"
    env.terminate("a", reason="never mind")
    env.settle()
    assert run.status == "Terminated"
    env.advance(2 * HOUR)
    assert run.status == "Terminated"


def test_a_delayed_start_begins_when_it_is_due(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(waiting, 1, instance_id="a", delay=HOUR)
    env.advance(30 * MINUTE)
    assert run.status == "Pending"
    env.raise_event("a", "go", "early")
    env.advance(HOUR)

    assert run.result == "1 early"


def test_a_start_may_have_a_timeout(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(waiting, 1, instance_id="a", timeout=HOUR)
    env.advance(30 * MINUTE)
    assert run.status == "Running"
    env.advance(HOUR)

    assert run.status in {"Cancelled", "Failed"}


def test_a_suspended_instance_keeps_its_messages_and_goes_on_in_order(mode: Mode) -> None:
    @saga("several")
    async def several(ctx: SagaContext) -> list[Any]:
        return [await ctx.wait_for_event("n", int), await ctx.sleep(MINUTE), await ctx.wait_for_event("n", int)]  # type: ignore[func-returns-value]

    env = environment(several, mode=mode)
    run: Any = env.start(several, instance_id="a")
    env.settle()
    env.suspend("a", reason="lunch")
    env.settle()
    assert run.status == "Suspended"
    env.raise_event("a", "n", 1)
    env.raise_event("a", "n", 2)
    env.advance(HOUR)
    assert run.status == "Suspended"
    env.resume("a", reason="back")
    env.advance(HOUR)

    assert run.result == [1, None, 2]
    reasons = [(e.kind, e.reason) for e in run.history if e.kind in {"Suspended", "Resumed"}]
    assert reasons == [("Suspended", "lunch"), ("Resumed", "back")]


def test_restart_starts_anew_with_the_same_input_in_place_or_elsewhere(mode: Mode) -> None:
    env = environment(mode=mode)
    env.start(waiting, 4, instance_id="a")
    env.raise_event("a", "go", "x")
    env.settle()
    elsewhere = env.restart("a", new_id="b")
    in_place: Any = env.restart("a")
    env.settle()
    env.raise_event("b", "go", "y")
    env.raise_event("a", "go", "z")
    env.settle()

    assert elsewhere.result == "4 y"
    assert in_place.result == "4 z"
    assert env.get("a").execution == 2


def test_what_runs_can_not_be_restarted_resumed_unblocked_retried_or_purged(mode: Mode) -> None:
    env = environment(mode=mode)
    env.start(waiting, 4, instance_id="a")
    env.settle()
    for verb in (env.restart, env.resume, env.unblock, env.retry, env.purge):
        with pytest.raises(InvalidState, match="Running"):
            verb("a")


def test_what_has_ended_takes_nothing_more(mode: Mode) -> None:
    env = environment(mode=mode)
    env.start(waiting, 4, instance_id="a", event=("go", "x"))
    env.settle()
    for verb in (env.cancel, env.terminate, env.suspend, env.resume):
        with pytest.raises(AlreadyEnded):
            verb("a")
    with pytest.raises(AlreadyEnded):
        env.raise_event("a", "go", "y")


def test_nobody_can_be_asked_who_is_not_there(mode: Mode) -> None:
    env = environment(mode=mode)
    for verb in (env.cancel, env.terminate, env.suspend, env.resume, env.retry, env.unblock, env.restart, env.purge):
        with pytest.raises(NotFound, match="nobody"):
            verb("nobody")


def test_purge_deletes_and_the_id_can_be_used_again(mode: Mode) -> None:
    env = environment(mode=mode)
    run: Any = env.start(waiting, 4, instance_id="a", event=("go", "x"))
    env.settle()
    env.purge("a")
    env.settle()
    with pytest.raises(NotFound):
        env.get("a")
    again = env.start(waiting, 5, instance_id="a", event=("go", "y"))
    env.settle()

    assert again.result == "5 y"
    assert run.result == "5 y"


def test_if_exists_decides_about_a_taken_id(mode: Mode) -> None:
    env = environment(mode=mode)
    env.start(waiting, 1, instance_id="a")
    env.settle()
    for policy in (None, "error", "restart_if_ended", "restart_if_failed"):
        with pytest.raises(AlreadyExists, match="'a'"):
            env.start(waiting, 2, instance_id="a", if_exists=policy)
    assert env.start(waiting, 2, instance_id="a", if_exists="return").status is Status.RUNNING
    env.start(waiting, 3, instance_id="a", if_exists="terminate_and_restart")
    env.settle()
    env.raise_event("a", "go", "x")
    env.settle()
    run: Any = env.run("a")
    assert run.result == "3 x"
    with pytest.raises(AlreadyExists):
        env.start(waiting, 4, instance_id="a", if_exists="restart_if_failed")
    env.start(waiting, 5, instance_id="a", if_exists="restart_if_ended", event=("go", "y"))
    env.settle()
    assert run.result == "5 y"
    assert env.get("a").execution == 3


def test_restart_if_failed_restarts_what_failed(mode: Mode) -> None:
    env = environment(mode=mode)
    env.start(waiting, 1, instance_id="a")
    env.settle()
    env.terminate("a")
    env.settle()
    run: Any = env.start(waiting, 2, instance_id="a", if_exists="restart_if_failed", event=("go", "x"))
    env.settle()

    assert run.result == "2 x"


def test_a_request_id_makes_a_start_idempotent(mode: Mode) -> None:
    env = environment(mode=mode)
    one = env.start(waiting, 1, instance_id="a", request_id="r-1")
    two = env.start(waiting, 1, instance_id="a", request_id="r-1")
    env.settle()
    three = env.start(waiting, 1, instance_id="a", request_id="r-1")
    with pytest.raises(AlreadyExists):
        env.start(waiting, 2, instance_id="a", request_id="r-1")
    env.settle()

    assert one.instance_id == two.instance_id == three.instance_id == "a"
    assert env.run("a").kinds["SagaStarted"] == 1
    derived = {env.start(waiting, 1, request_id="r-2").instance_id for _ in range(2)}
    assert len(derived) == 1


def test_a_singleton_has_one_running_instance(mode: Mode) -> None:
    @saga("only", singleton=True)
    async def only(ctx: SagaContext) -> str:
        return await ctx.wait_for_event("go", str)

    env = environment(only, mode=mode)
    run: Any = env.start(only)
    env.settle()
    with pytest.raises(AlreadyExists):
        env.start(only)
    env.raise_event(run.instance_id, "go", "x")
    env.settle()
    assert run.result == "x"
    env.start(only)
    env.settle()
    assert run.status == "Running"


@pytest.mark.parametrize("id_", ["a b", "ä", "a/b", "", "x" * 129, "a~b", "a\n"])
def test_an_illegal_id_is_an_error_that_says_so(id_: str) -> None:
    env = environment(mode=Mode.LIVE)
    with pytest.raises(ValueError, match="128") as caught:
        env.start(waiting, 1, instance_id=id_)

    assert repr(id_)[:20] in str(caught.value)


def test_legal_ids_are_case_sensitive_and_of_up_to_128_characters() -> None:
    env = environment(mode=Mode.LIVE)
    ids = ["a", "A", "x" * 128, "A-Z_a.z:0-9"]
    runs: list[Any] = [env.start(waiting, number, instance_id=id_) for number, id_ in enumerate(ids)]
    for id_ in ids:
        env.raise_event(id_, "go", id_)
    env.settle()

    assert [run.result for run in runs] == [f"{number} {id_}" for number, id_ in enumerate(ids)]
