from collections.abc import Callable
from datetime import timedelta

import pytest

from durable import Cancelled, DeadlineExceeded, SagaContext, Status, saga
from tests.support.plays import Play, completed, fired, raised
from tests.support.tables import ADD

HOUR = timedelta(hours=1)


@saga("crowd")
async def crowd(ctx: SagaContext, size: int) -> list[int]:
    turnstile = ctx.semaphore(size)
    done: list[int] = []

    async def pass_through(number: int) -> None:
        async with turnstile:
            await ctx.call(ADD, number)
            done.append(number)

    await ctx.gather(*(ctx.spawn(pass_through(number)) for number in range(4)))
    return done


def scheduled(play: Play, *tasks: int) -> list[str]:
    return play.kinds(*(completed(task) for task in tasks))


def test_a_semaphore_lets_so_many_in_at_a_time_first_come_first_served() -> None:
    play = Play(crowd, 2)

    assert scheduled(play, 2) == ["ActivityCompleted", "ActivityScheduled"]
    assert scheduled(play, 1, 3) == ["ActivityCompleted", "ActivityScheduled", "ActivityCompleted"]
    scheduled(play, 4)
    assert play.instance.output == [1, 0, 2, 3]


@pytest.mark.parametrize("size", [0, -1])
def test_a_semaphore_lets_at_least_one_in(size: int) -> None:
    play = Play(crowd, size)

    assert play.instance.failure is not None
    assert play.instance.failure.message == f"expected a semaphore of size 1 or more; found {size}"


def test_a_lock_lets_one_in_and_is_free_again_afterwards() -> None:
    @saga("locked")
    async def locked(ctx: SagaContext) -> list[str]:
        lock, told = ctx.lock(), []

        async def hold(name: str) -> None:
            async with lock:
                told.append(f"{name} in")
                await ctx.sleep(HOUR)
                told.append(f"{name} out")

        await ctx.gather(ctx.spawn(hold("a")), ctx.spawn(hold("b")))
        async with lock:
            return told

    play = Play(locked)
    play.turn(fired(1, HOUR))
    play.turn(fired(2, HOUR))

    assert play.instance.output == ["a in", "a out", "b in", "b out"]


def test_who_is_interrupted_while_waiting_for_a_lock_leaves_the_queue() -> None:
    @saga("leaving")
    async def leaving(ctx: SagaContext) -> list[str]:
        lock, told = ctx.lock(), []

        async def hold(name: str) -> None:
            async with lock:
                told.append(name)
                await ctx.call(ADD, 1)

        first, second, third = (ctx.spawn(hold(name)) for name in "abc")
        await ctx.wait_for_event("e", int)
        second.cancel()
        await ctx.gather(first, third)
        return told

    play = Play(leaving)
    play.turn(raised("e", 1))
    play.turn(completed(1))
    play.turn(completed(2))

    assert play.instance.output == ["a", "c"]


def test_who_is_interrupted_just_when_it_is_let_in_lets_the_next_one_in() -> None:
    @saga("just-then")
    async def just_then(ctx: SagaContext) -> list[str]:
        lock, told = ctx.lock(), []

        async def hold(name: str) -> None:
            async with lock:
                told.append(name)
                await ctx.call(ADD, 1)

        async def drop() -> None:
            async with lock:
                await ctx.call(ADD, 2)
            second.cancel()

        dropping = ctx.spawn(drop())
        await ctx.call(ADD, 0)
        second, third = ctx.spawn(hold("b")), ctx.spawn(hold("c"))
        await ctx.gather(dropping, third)
        return told

    play = Play(just_then)
    play.turn(completed(1))
    play.turn(completed(2))
    play.turn(completed(3))

    assert play.instance.output == ["c"]


def test_a_condition_that_holds_is_over_at_once() -> None:
    @saga("at-once")
    async def at_once(ctx: SagaContext) -> str:
        await ctx.until(lambda: True, timeout=HOUR)
        return "over"

    play = Play(at_once)

    assert (len(play.history), play.instance.output) == (2, "over")


def meeting(predicate: Callable[[list[int]], bool], timeout: timedelta | None = None) -> Play:
    @saga("meeting")
    async def meet(ctx: SagaContext) -> str:
        came: list[int] = []

        async def listen() -> None:
            while True:
                came.append(await ctx.wait_for_event("came", int))

        ctx.spawn(listen())
        try:
            await ctx.until(lambda: predicate(came), timeout=timeout)
        except DeadlineExceeded as error:
            return str(error)
        except (LookupError, SystemExit) as error:
            return f"raised {error}"
        return f"met {len(came)}"

    return Play(meet)


def test_a_condition_is_asked_whenever_a_branch_went_on() -> None:
    play = meeting(lambda came: len(came) == 2)
    play.turn(raised("came", 1))
    assert play.instance.status is Status.RUNNING
    play.turn(raised("came", 2))

    assert play.instance.output == "met 2"


def test_a_condition_that_holds_in_time_cancels_its_timer() -> None:
    play = meeting(bool, HOUR)

    assert play.kinds(raised("came", 1)) == ["EventReceived", "TimerCancelled", "SagaCompleted"]


def test_a_condition_that_does_not_hold_in_time_raises() -> None:
    play = meeting(lambda came: False, HOUR)
    play.turn(fired(1, HOUR))

    assert play.instance.output == "expected the condition to hold within 1:00:00; it does not"


@pytest.mark.parametrize("error", [LookupError("lost"), SystemExit("lost")])
def test_a_predicate_that_raises_raises_at_the_await(error: BaseException) -> None:
    def predicate(came: list[int]) -> bool:
        if came:
            raise error
        return False

    play = meeting(predicate)
    play.turn(raised("came", 1))

    assert play.instance.output == "raised lost"


def test_a_predicate_that_is_interrupted_from_the_keyboard_interrupts_the_turn() -> None:
    def predicate(came: list[int]) -> bool:
        if came:
            raise KeyboardInterrupt
        return False

    play = meeting(predicate)

    with pytest.raises(KeyboardInterrupt):
        play.instance.turn([raised("came", 1)], play.history[0].at)


def test_a_predicate_whose_answer_is_no_bool_raises_what_that_raises() -> None:
    class Unsure:
        def __bool__(self) -> bool:
            raise LookupError("unsure")

    play = meeting(lambda came: Unsure())  # type: ignore[arg-type, return-value]

    assert play.instance.output == "raised unsure"


def test_a_condition_can_be_given_up() -> None:
    @saga("giving-up")
    async def giving_up(ctx: SagaContext) -> str:
        condition = ctx.until(lambda: False, timeout=HOUR)
        await ctx.call(ADD, 1)
        condition.cancel()
        condition.cancel()
        try:
            await condition
        except Cancelled:
            return "given up"
        return ""

    play = Play(giving_up)

    assert play.kinds(completed(2)) == ["ActivityCompleted", "TimerCancelled", "SagaCompleted"]
    assert play.instance.output == "given up"


def test_a_condition_that_another_one_ends_is_asked_no_more() -> None:
    @saga("two")
    async def two(ctx: SagaContext) -> str:
        def first_holds() -> bool:
            if came:
                second.cancel()
            return bool(came)

        came: list[int] = []
        first = ctx.until(first_holds)
        second = ctx.until(lambda: bool(came))
        came.append(await ctx.wait_for_event("came", int))
        await first
        return "over"

    play = Play(two)
    play.turn(raised("came", 1))

    assert play.instance.output == "over"


def test_a_coroutine_is_no_predicate() -> None:
    @saga("misled")
    async def misled(ctx: SagaContext) -> None:
        async def holds() -> bool:
            return False

        await ctx.until(holds)  # type: ignore[arg-type]

    play = Play(misled)

    assert play.instance.failure is not None
    assert play.instance.failure.message.startswith("expected a plain function that tells whether it holds")
