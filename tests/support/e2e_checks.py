"""What must hold of every saga of an end-to-end test, whatever was killed while it ran."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from durable.events import ActivityScheduled, SagaStarted
from orchestrator.engine import Identity, Instance, Registry, Setup
from orchestrator.records import history_of
from orchestrator.settings import load_sagas
from tests.e2e.services.contracts import WORKERS
from tests.e2e.services.effects import Effect
from tests.support.e2e_stack import SAGAS
from tests.support.e2e_world import Asked, Story, World

DESTINATIONS = frozenset({"instances", "lifecycle", *(f"commands.{name}" for name in WORKERS)})
SETUP = Setup(Registry(tuple(load_sagas([SAGAS]))), DESTINATIONS)


async def check(world: World, asked: Sequence[Asked]) -> None:
    """What `check_each` says, and nothing of the whole stack is in a dead-letter queue."""
    await check_each(world, asked)
    assert await world.dead_lettered() == {}


async def check_each(world: World, asked: Sequence[Asked]) -> None:
    """Each ended once with the right result and one history, and every task ran under one key."""
    stories = await world.stories()
    effects: dict[str, list[Effect]] = defaultdict(list)
    for effect in world.effects:
        effects[effect.instance_id].append(effect)
    for one in asked:
        check_story(one, stories[one.instance_id])
        check_effects(one, stories[one.instance_id], effects[one.instance_id])
        kinds = Counter("started" if type_ == "saga.started" else "ended" for type_ in world.told[one.instance_id])
        assert kinds == {"started": 1, "ended": 1}, f"{one.instance_id}: told {world.told[one.instance_id]}"


def check_story(asked: Asked, story: Story) -> None:
    """The head says what it must, and the history is whole and replays to it."""
    where, head, turns = asked.instance_id, story.head, story.turns
    assert head is not None, where
    assert (head.status, head.output) == (asked.shape.status, asked.shape.output), where
    assert [turn.sequence for turn in turns] == list(range(1, len(turns) + 1)), where
    history = history_of(turns)
    assert [event.sequence for event in history] == list(range(1, len(history) + 1)), where
    assert [type(event) for event in history].count(SagaStarted) == 1, where
    taken = [event.message_id for event in history if event.message_id]
    assert len(taken) == len(set(taken)), f"{where}: a message was taken twice"
    replayed = Instance.replay(Identity(where, head.run, head.execution), SETUP, history)
    assert (replayed.status, replayed.output, replayed.mismatch) == (head.status, head.output, None), where


def check_effects(asked: Asked, story: Story, effects: Sequence[Effect]) -> None:
    """Each task of the history ran, under a key that no other task has, and nothing ran beside them."""
    scheduled = {
        event.task_id: event.name
        for turn in story.turns
        for event in turn.events
        if isinstance(event, ActivityScheduled)
    }
    keys = {(effect.task_id, effect.activity, effect.key) for effect in effects}
    assert sorted((task, name) for task, name, _ in keys) == sorted(scheduled.items()), asked.instance_id
    assert len({key for _, _, key in keys}) == len(scheduled), asked.instance_id
    tasks = Counter(name.partition(".")[2] for name in scheduled.values())
    assert tasks == asked.shape.tasks, asked.instance_id


async def nothing_waits(world: World) -> bool:
    """Tell whether every queue and subscription is empty."""
    counts = await world.counts()
    return not any(one["active"] + one["scheduled"] for one in counts.values())
