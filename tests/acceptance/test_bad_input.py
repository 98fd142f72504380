"""Nonsense of every kind: a clear error each, and no neighbour that suffers."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from datetime import timedelta
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel

from durable import Activity, ActivityError, NotDurable, SagaContext, Status, saga
from durable.errors import AuthorError, DurableError, InvalidInput, InvalidName, NotFound
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)
T = TypeVar("T")


class Response:
    """An awaitable of somebody else's, as of an HTTP client."""

    def __await__(self) -> Generator[object, None, int]:
        yield object()
        return 200


def ended(saga_: Any, mode: Mode = Mode.LIVE, *, input: Any = None, handler: Any = lambda n: n) -> Any:
    env = SagaEnvironment(sagas=[saga_], handlers={WORK: handler}, mode=mode)
    run: Any = env.start(saga_, input, instance_id="a")
    env.advance(timedelta(hours=1))
    return run


@saga("foreign")
async def foreign(ctx: SagaContext, what: str) -> list[str]:
    async def response() -> int:
        return await Response()

    kinds: dict[str, Any] = {
        "sleep": lambda: asyncio.sleep(1),
        "sleep 0": lambda: asyncio.sleep(0),
        "response": Response,
        "coroutine": response,
        "thread": lambda: asyncio.to_thread(print),
        "timeout": lambda: asyncio.wait_for(asyncio.sleep(1), 1),
    }
    try:
        await kinds[what]()
    except NotDurable as error:
        return [str(error), type(error.__cause__).__name__]
    return []


@pytest.mark.parametrize("what", ["sleep", "sleep 0", "response", "coroutine", "thread", "timeout"])
def test_what_is_not_durable_raises_at_that_await_and_says_the_remedy(what: str, mode: Mode) -> None:
    run = ended(foreign, mode, input=what)

    assert run.status is Status.COMPLETED, run.failure
    assert "ctx." in run.result[0]


@pytest.mark.parametrize("what", ["sleep", "response", "thread", "timeout"])
async def test_the_same_inside_a_running_loop(what: str) -> None:
    run = ended(foreign, input=what)

    assert "ctx." in run.result[0]


def test_not_durable_uncaught_fails_the_instance(mode: Mode) -> None:
    @saga("sleeps")
    async def sleeps(ctx: SagaContext) -> None:
        await asyncio.sleep(1)

    run = ended(sleeps, mode)
    assert run.status is Status.FAILED
    assert run.failure.matches("NotDurable")
    assert "sleep" in run.failure.message


def test_a_saga_registered_twice_is_refused() -> None:
    @saga("foreign")
    async def other(ctx: SagaContext) -> None: ...

    with pytest.raises(AuthorError, match="foreign"):
        SagaEnvironment(sagas=[foreign, other], handlers={})


def test_input_that_does_not_fit_its_type_is_refused_at_the_start(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[foreign], handlers={}, mode=mode)
    with pytest.raises(TypeError):
        env.start(foreign, 5, instance_id="b")  # type: ignore[misc]
    with pytest.raises(InvalidInput, match="valid string") as caught:
        env.start("foreign", {"not": "text"}, instance_id="b")
    assert caught.value.reasons
    with pytest.raises(NotFound):
        env.get("b")


def test_input_that_no_longer_validates_is_rejected_and_no_code_runs(mode: Mode) -> None:
    ran: list[int] = []

    @saga("strict")
    async def loose(ctx: SagaContext, n: int | str) -> None:
        ran.append(1)

    @saga("strict")
    async def strict(ctx: SagaContext, n: int) -> None:
        ran.append(2)

    env = SagaEnvironment(sagas=[loose], handlers={}, mode=mode)
    run: Any = env.start(loose, "text", instance_id="a")
    env.deploy(sagas=[strict])
    env.settle()

    assert run.status is Status.REJECTED
    assert ran == []
    [rejected] = [e for e in run.history if e.kind == "SagaRejected"]
    assert rejected.reasons


def test_a_saga_that_does_not_exist_is_not_found() -> None:
    env = SagaEnvironment(sagas=[foreign], handlers={})
    with pytest.raises(NotFound, match="nothing-such"):
        env.start("nothing-such", 1)


def test_a_result_that_does_not_serialise_fails_the_instance(mode: Mode) -> None:
    @saga("odd")
    async def odd(ctx: SagaContext) -> int:
        return object()  # type: ignore[return-value]

    run = ended(odd, mode)
    assert run.status is Status.FAILED
    assert "int" in run.failure.message


def test_an_activity_without_a_handler_says_which_to_add() -> None:
    @saga("calls")
    async def calls(ctx: SagaContext) -> str:
        try:
            await ctx.call(Activity("work.missing", int, int), 1)
        except ActivityError as error:
            return error.failure.message
        return ""

    assert "work.missing" in ended(calls).result


@pytest.mark.parametrize("error", [SystemExit(1), BaseException("bare")])
def test_a_handler_that_raises_what_is_no_exception_fails_its_attempt(error: BaseException) -> None:
    @saga("calls")
    async def calls(ctx: SagaContext) -> str:
        try:
            await ctx.call(WORK, 1)
        except ActivityError as failed:
            return failed.failure.type
        return ""

    def handler(_: int) -> int:
        raise error

    assert ended(calls, handler=handler).result == type(error).__name__


@pytest.mark.parametrize("error", [SystemExit(1), BaseException("bare")])
def test_a_saga_that_raises_what_is_no_exception_fails_and_its_neighbour_goes_on(error: BaseException) -> None:
    @saga("exits")
    async def exits(ctx: SagaContext) -> None:
        await ctx.call(WORK, 1)
        raise error

    @saga("neighbour")
    async def neighbour(ctx: SagaContext) -> int:
        return await ctx.call(WORK, 1)

    env = SagaEnvironment(sagas=[exits, neighbour], handlers={WORK: lambda n: n})
    bad: Any = env.start(exits)
    good = env.start(neighbour)
    env.settle()

    assert bad.status is Status.FAILED
    assert good.result == 1


def test_a_handler_may_return_a_coroutine() -> None:
    async def later(n: int) -> int:
        return 2 * n

    @saga("calls")
    async def calls(ctx: SagaContext) -> int:
        return await ctx.call(WORK, 4)

    assert ended(calls, handler=later).result == 8


def test_a_saga_that_swallows_everything_a_few_times_still_ends(mode: Mode) -> None:
    @saga("swallowing")
    async def swallowing(ctx: SagaContext) -> str:
        for _ in range(5):
            try:
                await ctx.wait_for_event("never", int, timeout=MINUTE)
            except BaseException:
                ctx.call(WORK, 1)
        return "enough"

    run = ended(swallowing, mode)
    assert run.result == "enough"
    assert run.kinds["ActivityScheduled"] == 5


def test_the_context_may_be_imported_for_type_checkers_alone() -> None:
    @saga("checked")
    async def checked(ctx: Nowhere) -> int:  # type: ignore[name-defined]  # noqa: F821
        return 1

    assert ended(checked).result == 1


def test_a_saga_whose_types_are_not_known_is_refused_where_it_stands() -> None:
    async def unknown(ctx: SagaContext, given: Missing) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(AuthorError, match=r"unknown.*'Missing'"):
        saga("unknown")(unknown)


def test_types_of_local_classes_and_generics() -> None:
    class Local(BaseModel):
        x: int

    @saga("local")
    async def local(ctx: SagaContext, given: Local) -> Local:
        return Local(x=given.x + 1)

    run = ended(local, input=Local(x=1))
    assert run.result == Local(x=2)


class Page(BaseModel, Generic[T]):
    items: list[T]


def test_generics_and_unions_as_types() -> None:
    @saga("generic")
    async def generic(ctx: SagaContext, page: Page[int] | None) -> dict[str, Page[int]] | str:
        return "none" if page is None else {"a": page}

    assert ended(generic, input=Page[int](items=[1])).result == {"a": Page[int](items=[1])}
    assert ended(generic, input=None).result == "none"


def test_names_and_functions_that_make_no_saga_are_refused_where_they_stand() -> None:
    with pytest.raises(InvalidName, match="bad name"):
        saga("bad name")
    with pytest.raises(AuthorError, match="async def"):
        saga("plain")(lambda ctx: 1)  # type: ignore[arg-type, return-value]
    with pytest.raises(InvalidName):
        Activity("nodots", int, int)
    assert issubclass(NotDurable, DurableError)


def test_two_environments_do_not_know_of_each_other() -> None:
    @saga("waits")
    async def waits(ctx: SagaContext) -> str:
        return await ctx.wait_for_event("go", str)

    one, two = (SagaEnvironment(sagas=[waits], handlers={}) for _ in range(2))
    runs = [env.start(waits, instance_id="a") for env in (one, two)]
    one.raise_event("a", "go", "x")
    one.settle()
    two.settle()

    assert [str(run.status) for run in runs] == ["Completed", "Running"]
