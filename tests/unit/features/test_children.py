from datetime import timedelta

from durable import AlreadyExists, Cancelled, ChildSagaError, DeadlineExceeded, RetryPolicy, SagaContext, Status, saga
from durable.events import ChildStarted
from durable.testing import SagaEnvironment
from tests.support.modes import ECHO, UNDO, everywhere, of, world

HOUR = timedelta(hours=1)


@saga("child")
async def child(ctx: SagaContext, number: int) -> int:
    doubled = await ctx.call(ECHO, 2 * number)
    if number < 0:
        raise ValueError(f"no {number}")
    return doubled


@saga("parent")
async def parent(ctx: SagaContext) -> list[int]:
    return await ctx.gather(*(ctx.call_saga(child, number) for number in (1, 2, 3)))


def test_children_are_called_and_waited_for() -> None:
    run = everywhere([parent, child], None)

    assert run.result == [2, 4, 6]
    assert run.kinds["ChildStarted"] == run.kinds["ChildCompleted"] == 3


@saga("failing-parent")
async def failing_parent(ctx: SagaContext) -> None:
    await ctx.call(ECHO, 1, compensate_with=UNDO)
    await ctx.call_saga(child, -1)


def test_a_child_that_fails_fails_its_parent_with_its_failure_as_the_cause() -> None:
    run = everywhere([failing_parent, child], None)

    assert run.status is Status.COMPENSATED
    assert run.failure is not None
    assert run.failure.type == "durable.errors.ChildSagaError"
    assert run.failure.cause is not None
    assert run.failure.cause.message == "no -1"


@saga("patient-parent")
async def patient_parent(ctx: SagaContext) -> str:
    try:
        await ctx.call_saga(child, -1, retry=RetryPolicy(max_attempts=3), instance_id="kid")
    except ChildSagaError as error:
        return f"{error.status} {error.matches('ValueError')}"
    return ""


def test_each_attempt_of_a_child_is_a_new_execution_of_the_same_id() -> None:
    env = world(patient_parent, child)
    run = env.start(patient_parent, instance_id="a")
    env.advance(HOUR)

    assert run.result == "Failed True"
    assert [event.attempt for event in of(run, ChildStarted)] == [1, 2, 3]
    assert env.run("kid").kinds["SagaStarted"] == 3


@saga("waiting-child")
async def waiting_child(ctx: SagaContext) -> str:
    try:
        return await ctx.wait_for_event("go", str)
    except Cancelled:
        return "asked to cancel"


@saga("hasty-parent")
async def hasty_parent(ctx: SagaContext) -> str:
    try:
        return await ctx.call_saga(waiting_child, instance_id="kid", timeout=HOUR)
    except DeadlineExceeded:
        return "too late"


def test_a_child_that_takes_too_long_is_asked_to_cancel() -> None:
    env = world(hasty_parent, waiting_child)
    run = env.start(hasty_parent, instance_id="a")
    env.advance(2 * HOUR)

    assert run.result == "too late"
    assert env.run("kid").result == "asked to cancel"


@saga("holding-parent")
async def holding_parent(ctx: SagaContext) -> str:
    return await ctx.call_saga(waiting_child, instance_id="kid")


def test_a_cancel_reaches_the_children() -> None:
    env = world(holding_parent, waiting_child)
    run = env.start(holding_parent, instance_id="a")
    env.settle()
    env.cancel("a", reason="enough")
    env.settle()

    assert run.status is Status.CANCELLED
    assert env.run("kid").result == "asked to cancel"


def test_terminate_leaves_children_alone_unless_it_is_recursive() -> None:
    ends = {}
    for recursive in (False, True):
        env = world(holding_parent, waiting_child)
        env.start(holding_parent, instance_id="a")
        env.settle()
        env.terminate("a", recursive=recursive)
        env.settle()
        ends[recursive] = env.run("kid").status

    assert ends == {False: Status.RUNNING, True: Status.TERMINATED}


def test_a_taken_id_raises_already_exists_in_the_parent() -> None:
    @saga("clashing")
    async def clashing(ctx: SagaContext) -> str:
        try:
            return await ctx.call_saga(waiting_child, instance_id="taken")
        except AlreadyExists:
            return "exists"

    env = world(clashing, waiting_child)
    env.start(waiting_child, instance_id="taken")
    env.settle()
    run = env.start(clashing, instance_id="a")
    env.settle()

    assert run.result == "exists"
    assert env.run("taken").status is Status.RUNNING


@saga("detaching")
async def detaching(ctx: SagaContext) -> list[str]:
    return [
        ctx.start_saga(waiting_child, instance_id="left"),
        ctx.start_saga(waiting_child, instance_id="asked", on_parent_end="cancel"),
        ctx.start_saga(waiting_child, instance_id="ended", on_parent_end="terminate"),
    ]


def test_detached_children_are_treated_as_they_were_started_when_their_parent_ends() -> None:
    @saga("holding")
    async def holding(ctx: SagaContext) -> None:
        ctx.start_saga(waiting_child, instance_id="left")
        ctx.start_saga(waiting_child, instance_id="asked", on_parent_end="cancel")
        ctx.start_saga(waiting_child, instance_id="ended", on_parent_end="terminate")
        await ctx.sleep(HOUR)

    env = world(holding, waiting_child)
    env.start(holding, instance_id="a")
    env.advance(2 * HOUR)

    assert env.run("left").status is Status.RUNNING
    assert env.run("asked").status is Status.COMPLETED
    assert env.run("ended").status is Status.TERMINATED


def test_a_delayed_child_starts_later() -> None:
    @saga("delaying")
    async def delaying(ctx: SagaContext) -> str:
        return ctx.start_saga(child, 4, delay=HOUR)

    env = world(delaying, child)
    run = env.start(delaying, instance_id="a")
    env.settle()
    kid = run.result
    env.advance(HOUR / 2)
    assert not env.effects
    env.advance(HOUR)

    assert env.run(kid).result == 8


@saga("inheriting")
async def inheriting(ctx: SagaContext) -> list[object]:
    return [ctx.parent_id, ctx.root_id, dict(ctx.tags)]


@saga("tagging")
async def tagging(ctx: SagaContext) -> list[object]:
    ctx.set_tags({"tenant": "t1", "n": 1})
    ctx.set_tags({"n": None})
    inherited = await ctx.call_saga(inheriting)
    given = await ctx.call_saga(inheriting, tags={"tenant": "t2"})
    return [*inherited, given[2]]


def test_children_know_their_parents_and_inherit_their_tags_unless_given() -> None:
    run = everywhere([tagging, inheriting], None)

    assert run.result == ["a", "a", {"tenant": "t1"}, {"tenant": "t2"}]


@saga("sending")
async def sending(ctx: SagaContext) -> str:
    ctx.send_event("other", "go", "hello")
    return "sent"


def test_an_event_reaches_another_instance_also_before_it_exists() -> None:
    env = world(sending, waiting_child)
    env.start(sending, instance_id="a")
    env.settle()
    other = env.start(waiting_child, instance_id="other")
    env.settle()

    assert other.result == "hello"


def test_a_map_takes_a_saga() -> None:
    @saga("mapping-sagas")
    async def mapping_sagas(ctx: SagaContext) -> list[int]:
        return (await ctx.map(child, [1, 2, 3], max_concurrency=2)).outputs

    assert everywhere([mapping_sagas, child], None).result == [2, 4, 6]


def test_a_child_has_an_undo_of_its_own() -> None:
    @saga("undoing-children")
    async def undoing_children(ctx: SagaContext) -> None:
        await ctx.call_saga(child, 5, compensate_with=UNDO)
        raise ValueError

    def script(env: SagaEnvironment) -> None:
        assert [effect[1] for effect in env.effects if effect[0] == UNDO.name] == [10]

    assert everywhere([undoing_children, child], None, script).status is Status.COMPENSATED
