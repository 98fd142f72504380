from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from durable import Cancelled, SagaContext, Status, Tolerance, saga
from durable.events import CancelRequested
from orchestrator.engine import Instance
from tests.support.drive import NOON
from tests.support.plays import Play, completed, raised
from tests.support.tables import ADD, UNDO_ADD, begun

HOUR = timedelta(hours=1)
Misuse = Callable[[Any], Any]


@saga("child")
async def child(ctx: SagaContext) -> int:
    return 1


WRONG: dict[str, Misuse] = {
    "expected an activity": lambda ctx: ctx.call("math.add", 1),
    "expected a value of int": lambda ctx: ctx.call(ADD, "one"),
    "expected retry as a RetryPolicy; found 5": lambda ctx: ctx.call(ADD, 1, retry=5),
    "expected timeouts as Timeouts; found 5": lambda ctx: ctx.call(ADD, 1, timeouts=5),
    "expected compensate_with as an activity; found 'undo'": lambda ctx: ctx.call(ADD, 1, compensate_with="undo"),
    "expected label as text; found 7": lambda ctx: ctx.call(ADD, 1, label=7),
    "expected label as text; found 8": lambda ctx: ctx.map(ADD, [1], label=8),
    "expected an activity, a saga or an `async def`": lambda ctx: ctx.map(print, [1]),
    "expected a max_concurrency of 1 or more; found 0": lambda ctx: ctx.map(ADD, [1], max_concurrency=0),
    "expected min_successes of 0 to 1; found 2": lambda ctx: ctx.map(ADD, [1], min_successes=2),
    "expected a saga, which": lambda ctx: ctx.call_saga("child"),
    "expected a saga, which is": lambda ctx: ctx.start_saga(ADD),
    "expected on_parent_end 'abandon', 'cancel' or 'terminate'": lambda ctx: ctx.start_saga(child, on_parent_end="x"),
    "expected an instance id": lambda ctx: ctx.call_saga(child, instance_id="no/such"),
    "expected a timedelta or a datetime": lambda ctx: ctx.sleep(5),
    "expected the name of an event as text; found 5": lambda ctx: ctx.wait_for_event(5, int),
    "expected the name of an event as text; found 6": lambda ctx: ctx.send_event("b", 6),
    "expected the name of an event as text; found 7": lambda ctx: ctx.approval(7, int, deadline=HOUR),
    "expected to remind every so often": lambda ctx: ctx.approval("a", int, deadline=HOUR, remind_every=-HOUR),
    "expected to poll every so often": lambda ctx: ctx.poll(ADD, 1, until=bool, every=timedelta(0)),
    "expected an activity, such": lambda ctx: ctx.poll("a", 1, until=bool, every=HOUR),
    "expected an activity, such as": lambda ctx: ctx.compensate("undo", 1),
    "expected retry as a RetryPolicy; found 6": lambda ctx: ctx.compensate(UNDO_ADD, 1, retry=6),
    "expected the id of a patch as text": lambda ctx: ctx.patched(5),
    "expected version as text": lambda ctx: ctx.continue_as_new(version=2),
    "expected the name of a tag": lambda ctx: ctx.set_tags({5: 1}),
    "expected an await of something durable": lambda ctx: ctx.gather(5),
    "expected an await of something durable;": lambda ctx: ctx.first(5),
    "expected an await of something durable; ": lambda ctx: ctx.as_completed(5),
    "expected a custom status of at most": lambda ctx: ctx.set_status("x" * 20_000),
    "expected a value of object": lambda ctx: ctx.set_status(object()),
}


@pytest.mark.parametrize(("told", "misuse"), WRONG.items(), ids=WRONG)
def test_what_makes_no_sense_raises_where_it_is_said_and_nothing_is_decided(told: str, misuse: Misuse) -> None:
    @saga("misusing")
    async def misusing(ctx: SagaContext) -> str:
        try:
            misuse(ctx)
        except Exception as error:
            return str(error)
        return ""

    play = Play(misusing)

    assert str(play.instance.output).startswith(told.rstrip())
    assert len(play.history) == 2


def test_a_saga_that_catches_everything_still_ends() -> None:
    @saga("catching")
    async def catching(ctx: SagaContext) -> str:
        for _ in range(3):
            try:
                await ctx.sleep(HOUR)
            except BaseException as error:
                ctx.set_status(type(error).__name__)
        return "over"

    play = Play(catching)
    play.turn(CancelRequested())
    play.instance.close()

    assert play.instance.custom_status == Cancelled.__name__


def test_a_saga_that_holds_a_mismatch_up_is_blocked_all_the_same() -> None:
    @saga("working")
    async def working(ctx: SagaContext) -> int:
        return await ctx.call(ADD, 1)

    @saga("working")
    async def holding(ctx: SagaContext) -> int:
        for _ in range(5):
            try:
                await ctx.sleep(HOUR)
            except BaseException:
                continue
        return 1

    play = Play(working)
    play.deploy(holding)

    assert play.instance.status is Status.BLOCKED


def test_a_saga_that_will_not_be_dropped_is_dropped() -> None:
    @saga("clinging")
    async def clinging(ctx: SagaContext) -> None:
        for _ in range(5):
            try:
                await ctx.sleep(HOUR)
            except GeneratorExit:
                ctx.set_status("still here")

    instance, turn = begun(clinging)
    instance.close()

    assert instance.event_count == len(turn.events)


def test_a_saga_that_exits_the_process_only_fails() -> None:
    @saga("exiting")
    async def exiting(ctx: SagaContext) -> None:
        raise SystemExit(3)

    play = Play(exiting)

    assert play.instance.status is Status.FAILED
    assert play.instance.failure is not None
    assert play.instance.failure.type == "SystemExit"


def test_handles_of_an_instance_that_has_ended_never_end() -> None:
    kept: list[Any] = []

    @saga("leaking")
    async def leaking(ctx: SagaContext) -> None:
        kept.extend((ctx, ctx.call(ADD, 1), ctx.sleep(HOUR)))

    instance, _ = begun(leaking)
    ctx, *handles = kept
    late = [
        ctx.call(ADD, 1),
        ctx.call_saga(child),
        ctx.map(ADD, [1]),
        ctx.sleep(HOUR),
        ctx.wait_for_event("e", int),
        ctx.until(lambda: True),
        ctx.approval("a", int, deadline=HOUR),
        ctx.poll(ADD, 1, until=bool, every=HOUR),
    ]
    for handle in (*handles, *late):
        handle.cancel()

    async def line() -> None:
        return None

    late.append(ctx.spawn(line()))
    ctx.set_status(1)
    ctx.set_tags({"a": 1})
    ctx.send_event("b", "e")
    ctx.compensate(UNDO_ADD, 1)
    ctx.pivot()
    ctx.log.info("never")

    assert ctx.start_saga(child) == ""
    assert not ctx.patched("new")
    assert not any(handle.done for handle in (*handles, *late))
    assert instance.event_count == 4


def test_a_handle_of_another_instance_is_refused() -> None:
    kept: list[Any] = []

    @saga("giving")
    async def giving(ctx: SagaContext) -> None:
        kept.append(ctx.call(ADD, 1))
        await kept[0]

    @saga("taking")
    async def taking(ctx: SagaContext) -> str:
        try:
            await kept[0]
        except Exception as error:
            return str(error)
        return ""

    begun(giving)

    assert "found a handle of another instance" in str(begun(taking)[0].output)


def test_a_branch_that_raises_what_no_one_awaits_harms_nobody() -> None:
    @saga("quiet")
    async def quiet(ctx: SagaContext) -> str:
        async def line() -> None:
            raise SystemExit

        ctx.spawn(line())
        await ctx.call(ADD, 1)
        return "over"

    play = Play(quiet)
    play.turn(completed(1))

    assert play.instance.output == "over"


def test_an_input_that_is_consumed_while_it_is_mapped_is_mapped_whole() -> None:
    @saga("lazy")
    async def lazy(ctx: SagaContext) -> int:
        return len((await ctx.map(ADD, (number for number in range(3)), tolerate=Tolerance(count=3))).succeeded)

    play = Play(lazy)
    play.turn(completed(1), completed(2), completed(3))

    assert play.instance.output == 3


def test_an_interrupt_from_the_keyboard_is_let_through() -> None:
    @saga("interrupted")
    async def interrupted(ctx: SagaContext) -> None:
        await ctx.wait_for_event("e", int)
        raise KeyboardInterrupt

    play = Play(interrupted)

    with pytest.raises(KeyboardInterrupt):
        play.instance.turn([raised("e", 1)], NOON)


def test_an_interrupt_while_code_is_dropped_is_let_through() -> None:
    @saga("interrupted")
    async def interrupted(ctx: SagaContext) -> None:
        try:
            await ctx.sleep(HOUR)
        finally:
            raise KeyboardInterrupt

    instance: Instance = begun(interrupted)[0]

    with pytest.raises(KeyboardInterrupt):
        instance.close()
