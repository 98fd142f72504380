from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from durable.events import (
    FACTS,
    ActivityScheduled,
    CompensationRegistered,
    CompensationStarted,
    HistoryEvent,
    TaskEvent,
)
from orchestrator.engine import Identity, Instance
from orchestrator.engine.ledger import Ledger
from tests.simulation.programs import Step, a_program
from tests.support.drive import NOON, reread
from tests.support.storms import SETUP, Storm

CASES = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
PROGRAMS = st.randoms(use_true_random=False).map(a_program)
SEEDS = st.integers(0, 10**6)


def folded(history: list[HistoryEvent]) -> dict[str, Any]:
    ledger = Ledger()
    for event in history:
        ledger.fold(event)
    return {name: getattr(ledger, name) for name in Ledger.__slots__}


def facts_of(history: list[HistoryEvent]) -> list[HistoryEvent]:
    return [event for event in history if isinstance(event, FACTS) and event.message_id is not None]


def told(history: list[HistoryEvent]) -> list[tuple[str, object, int | None]]:
    return [
        (type(event).__name__, event.at, event.task_id if isinstance(event, TaskEvent) else None) for event in history
    ]


@CASES
@given(PROGRAMS, SEEDS)
def test_whatever_comes_in_whatever_order_an_instance_ends_and_loses_no_answer(steps: list[Step], seed: int) -> None:
    storm = Storm(steps, Random(seed)).run()

    assert storm.instance.status.ended
    assert storm.lost == []


@CASES
@given(PROGRAMS, SEEDS)
def test_undos_run_last_registered_first_and_all_of_them(steps: list[Step], seed: int) -> None:
    for history in Storm(steps, Random(seed)).run().histories.values():
        registered = [event.task_id for event in history if isinstance(event, CompensationRegistered)]
        undone = [event.compensates for event in history if isinstance(event, ActivityScheduled) and event.compensates]
        begun = any(isinstance(event, CompensationStarted) for event in history)

        assert list(dict.fromkeys(undone)) == (registered[::-1] if begun else [])


@CASES
@given(PROGRAMS, SEEDS)
def test_a_history_says_the_same_once_it_was_stored_and_read(steps: list[Step], seed: int) -> None:
    for history in Storm(steps, Random(seed)).run().histories.values():
        assert folded(reread(history)) == folded(history)


@CASES
@given(PROGRAMS, SEEDS)
def test_however_turns_are_cut_the_same_facts_make_the_same_history(steps: list[Step], seed: int) -> None:
    chance = Random(seed)
    for execution, history in Storm(steps, chance, stands_still=True).run().histories.items():
        whole = Instance.new(Identity("a", "run", execution), SETUP)
        cut = Instance.new(Identity("a", "run", execution), SETUP)
        pieces: list[HistoryEvent] = []
        left = facts_of(history)
        assert told(list(whole.turn(left, NOON).events)) == told(history)
        while left:
            count = chance.randint(1, 5)
            pieces += cut.turn(left[:count], NOON).events
            left = left[count:]

        assert told(pieces) == told(history)
