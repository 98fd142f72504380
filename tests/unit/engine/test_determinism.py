from datetime import timedelta
from uuid import RFC_4122

from durable import SagaContext, saga
from durable.events import ActivityCompleted, HistoryEvent, SagaStarted
from orchestrator.engine import Identity, Instance
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import ADD, begun, replayed, setup_of

lines: list[str] = []


@saga("chance")
async def chance(ctx: SagaContext) -> list[object]:
    lines.append(f"first {ctx.is_replaying}")
    before = [ctx.now, ctx.uuid(), ctx.random.random()]
    await ctx.call(ADD, 1)
    lines.append(f"second {ctx.is_replaying}")
    return [*before, ctx.now, ctx.uuid(), ctx.random.random()]


def answered(instance: Instance) -> list[HistoryEvent]:
    return list(instance.turn([ActivityCompleted(task_id=1, output=1)], NOON + timedelta(hours=1)).events)


def test_time_uuids_and_random_numbers_are_the_same_on_replay() -> None:
    instance, first = begun(chance)
    live = answered(instance)

    again = replayed(chance, first.events)
    cold = answered(again)

    assert cold == live
    assert isinstance(instance.output, list)
    assert instance.output[0] == "2025-06-01T12:00:00Z"
    assert instance.output[3] == "2025-06-01T13:00:00Z"


def test_uuids_and_random_numbers_differ_within_an_execution_and_between_executions() -> None:
    outputs = []
    for identity in (IDENTITY, Identity("b", "run", 1), Identity("a", "other", 1), Identity("a", "run", 2)):
        instance = Instance.new(identity, setup_of(chance))
        instance.turn([SagaStarted(saga="chance")], NOON)
        answered(instance)
        assert isinstance(instance.output, list)
        outputs += [instance.output[1], instance.output[2], instance.output[4], instance.output[5]]

    assert len(set(outputs)) == 16


def test_a_uuid_is_one_by_its_standard() -> None:
    seen = []

    @saga("uuid")
    async def uuid(ctx: SagaContext) -> None:
        seen.append(ctx.uuid())

    begun(uuid)

    assert (seen[0].version, seen[0].variant) == (5, RFC_4122)


def test_a_saga_knows_whether_it_runs_again_over_history() -> None:
    lines.clear()
    _, first = begun(chance)
    again = replayed(chance, first.events)
    answered(again)

    assert lines == ["first False", "first True", "second False"]


def test_a_saga_knows_who_it_is() -> None:
    seen: list[object] = []

    @saga("self-aware", version="7")
    async def self_aware(ctx: SagaContext) -> None:
        seen.extend((ctx.instance_id, ctx.execution, ctx.version))

    begun(self_aware)

    assert seen == ["a", 1, "7"]
