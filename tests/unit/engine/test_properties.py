from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from durable.events import FACTS, ActivityScheduled, CompensationRegistered, CompensationStarted, HistoryEvent
from orchestrator.engine import Instance
from tests.support.drive import IDENTITY
from tests.support.random_sagas import PROGRAMS, Chaos, Step

CASES = settings(max_examples=150, deadline=None, derandomize=True)


def chaos(steps: list[Step], seed: int, outages: float = 0) -> Chaos:
    world = Chaos(steps, Random(seed), outages)
    world.run()
    return world


def positions_of_facts(history: list[HistoryEvent]) -> list[int]:
    return [place for place, event in enumerate(history) if isinstance(event, FACTS) and event.message_id]


@CASES
@given(PROGRAMS, st.integers(0, 10**6))
def test_whatever_a_saga_does_and_in_whatever_order_its_messages_come_it_ends(steps: list[Step], seed: int) -> None:
    world = chaos(steps, seed)

    assert world.instance.status.ended


@CASES
@given(PROGRAMS, st.integers(0, 10**6))
def test_a_replay_of_any_prefix_takes_the_same_decisions_at_the_next_fact(steps: list[Step], seed: int) -> None:
    world = chaos(steps, seed)
    places = positions_of_facts(world.history)

    for start, end in zip(places, [*places[1:], len(world.history)], strict=True):
        fact = world.history[start]
        instance = Instance.replay(IDENTITY, world.setup, world.history[:start])
        assert instance.mismatch is None
        assert not instance.pending
        assert instance.turn([fact], fact.at).events == tuple(world.history[start:end])
        instance.close()


@CASES
@given(PROGRAMS, st.integers(0, 10**6))
def test_a_whole_history_replays_to_the_same_end(steps: list[Step], seed: int) -> None:
    world = chaos(steps, seed)

    again = Instance.replay(IDENTITY, world.setup, world.history)

    assert again.mismatch is None
    assert again.status is world.instance.status
    assert (again.output, again.unread_events) == (world.instance.output, world.instance.unread_events)


@CASES
@given(PROGRAMS, st.integers(0, 10**6))
def test_undos_run_in_the_reverse_order_of_their_registration_and_all_of_them(steps: list[Step], seed: int) -> None:
    history = chaos(steps, seed).history
    registered = [event.task_id for event in history if isinstance(event, CompensationRegistered)]
    undone = [
        event.compensates for event in history if isinstance(event, ActivityScheduled) and event.compensates is not None
    ]
    begun = any(isinstance(event, CompensationStarted) for event in history)

    assert list(dict.fromkeys(undone)) == (registered[::-1] if begun else [])


@CASES
@given(PROGRAMS, st.integers(0, 10**6))
def test_an_instance_blocked_at_any_time_loses_nothing_and_ends_once_repaired(steps: list[Step], seed: int) -> None:
    world = chaos(steps, seed, outages=0.3)

    again = Instance.replay(IDENTITY, world.setup, world.history)

    assert world.instance.status.ended
    assert again.mismatch is None
    assert (again.status, again.output) == (world.instance.status, world.instance.output)
    assert (again.event_count, again.unread_events) == (len(world.history), world.instance.unread_events)
