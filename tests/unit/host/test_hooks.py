import logging
from dataclasses import replace

import pytest

from durable.hooks import Happening, Hooks
from orchestrator.settings import load_hooks
from tests.support.host_world import HostWorld

hooks = Hooks()


def noting(hooks: Hooks) -> dict[str, list[tuple[str, int]]]:
    """Have each kind of hook note what it is told of: the event and its attempt."""
    noted: dict[str, list[tuple[str, int]]] = {"instance": [], "step": [], "attempt": []}

    def note(kind: str, happening: Happening) -> None:
        noted[kind].append((happening.event.kind, getattr(happening.event, "attempt", 0)))

    hooks.instance(lambda happening: note("instance", happening))
    hooks.step(lambda happening: note("step", happening))
    hooks.attempt(lambda happening: note("attempt", happening))
    return noted


async def test_hooks_are_told_of_instances_steps_and_attempts() -> None:
    world, hooks = HostWorld(), Hooks()
    noted = noting(hooks)
    async with world.working(), world.hosting(replace(world.ports(), hooks=(hooks,))):
        await world.start("retrying", {"value": 7})
        await world.ended()

    assert noted["instance"] == [("SagaStarted", 0), ("SagaCompleted", 0)]
    assert noted["attempt"] == [
        (kind, attempt)
        for attempt, outcome in ((1, "ActivityFailed"), (2, "ActivityFailed"), (3, "ActivityCompleted"))
        for kind in ("ActivityScheduled", outcome)
    ]
    assert noted["step"] == [("ActivityScheduled", 1), ("ActivityCompleted", 3)]


async def test_a_step_that_fails_for_good_is_told_as_failed() -> None:
    world, hooks = HostWorld(), Hooks()
    noted = noting(hooks)
    async with world.working(), world.hosting(replace(world.ports(), hooks=(hooks,))):
        await world.start("undoing", {"value": 7})
        await world.ended()

    assert ("ActivityFailed", 1) in noted["step"]
    assert noted["step"] == noted["attempt"]


async def test_hooks_are_told_whose_it_is_and_never_of_a_replay() -> None:
    world, hooks = HostWorld(), Hooks()
    told: list[Happening] = []
    hooks.instance(told.append)
    async with world.hosting(replace(world.ports(), hooks=(hooks,))):
        await world.start("waiting")
        await world.until(world.turns)
    async with world.hosting(replace(world.ports(), hooks=(hooks,))):
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert [happening.event.kind for happening in told].count("SagaStarted") == 1
    assert {(one.instance_id, one.saga, one.run, one.execution) for one in told} == {("a", "waiting", head.run, 1)}


async def test_a_hook_that_fails_is_logged_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world, hooks = HostWorld(), Hooks()

    @hooks.instance
    def broken(happening: Happening) -> None:
        raise KeyError(happening.instance_id)

    after: list[Happening] = []
    hooks.instance(after.append)
    async with world.working(), world.hosting(replace(world.ports(), hooks=(hooks,))):
        await world.start("chain", {"value": 1})
        head = await world.ended()

    assert head.output == {"value": 6}
    assert len(after) == 2
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in told] == [
        f"a hook failed on {kind} of instance a" for kind in ("SagaStarted", "SagaCompleted")
    ]


def test_the_hooks_in_modules_of_sagas_are_found_each_once() -> None:
    assert load_hooks([__name__, __name__]) == [hooks]
