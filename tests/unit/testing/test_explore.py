from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, SagaContext, saga
from durable.testing import ExplorationFailed, Fault, Outcome, explore
from durable.testing.exploring.faults import Hit, read_schedule, schedule_text

CHARGE = Activity("payments.charge", int, int)
REFUND = Activity("payments.refund", int, type(None))


@saga("charging")
async def charging(ctx: SagaContext, cents: int) -> int:
    return await ctx.call(CHARGE, cents, compensate_with=REFUND)


class Bank:
    def __init__(self) -> None:
        self.charged: dict[str, int] = {}
        self.total = 0

    def handlers(self) -> Mapping[Any, Any]:
        return {CHARGE: self.charge, REFUND: lambda _: None}

    def charge(self, cents: int) -> int:
        self.total += cents
        return cents


def test_a_saga_that_holds_under_every_crash_point_is_reported() -> None:
    report = explore(
        charging, 5, handlers=Bank().handlers(), faults=[Fault.DIES_AFTER, Fault.ANSWER_LOST], pairs=3, seeds=3
    )

    assert report.singles > 20
    assert report.pairs == 3
    assert report.by_chance == 3
    assert report.schedules == 1 + report.singles + 6
    assert "single faults" in str(report)


def test_a_handler_that_is_not_idempotent_is_found_by_an_invariant() -> None:
    banks: list[Bank] = []

    def handlers() -> Mapping[Any, Any]:
        banks.append(Bank())
        return banks[-1].handlers()

    def charged_once(outcome: Outcome) -> None:
        assert banks[-1].total == outcome.result, f"charged {banks[-1].total} of {outcome.result}"

    with pytest.raises(ExplorationFailed) as caught:
        explore(charging, 5, handlers=handlers, invariants=[charged_once])

    assert caught.value.violation.of == "charged_once"
    assert len(caught.value.schedule) == 1
    told = str(caught.value)
    assert "charged 10 of 5" in told
    assert "payments.charge" in told
    assert "What happened:" in told


def test_a_failure_tells_the_line_that_repeats_it() -> None:
    def ran_once(outcome: Outcome) -> bool:
        return len(outcome.effects) == 1

    with pytest.raises(ExplorationFailed) as first:
        explore(charging, 5, handlers=Bank().handlers(), invariants=[ran_once])
    text = schedule_text(first.value.schedule)
    assert f"repeat={text!r}" in str(first.value)

    with pytest.raises(ExplorationFailed) as again:
        explore(charging, 5, handlers=Bank().handlers(), invariants=[ran_once], repeat=text)
    assert again.value.schedule == first.value.schedule
    assert [call.what() for call in again.value.trace] == [call.what() for call in first.value.trace]


def test_an_invariant_that_never_holds_needs_no_fault() -> None:
    with pytest.raises(ExplorationFailed, match="nothing goes wrong"):
        explore(charging, 5, handlers=Bank().handlers(), invariants=[lambda _: False])


def test_a_saga_that_never_ends_says_what_it_waits_for() -> None:
    @saga("patient")
    async def patient(ctx: SagaContext) -> int:
        return await ctx.wait_for_event("news", int)

    with pytest.raises(ExplorationFailed, match="waits for event news"):
        explore(patient, handlers={}, within=timedelta(days=1))


def test_outcomes_tell_the_whole_run() -> None:
    seen: list[Outcome] = []

    explore(charging, 5, handlers=Bank().handlers(), invariants=[seen.append], faults=[Fault.TWICE], pairs=0, seeds=0)

    outcome = seen[0]
    assert outcome.result == 5
    assert outcome.effects == [("payments.charge", 5)]
    assert outcome.effects[0].idempotency_key
    assert type(outcome.history[0]).__name__ == "SagaStarted"
    assert outcome.of(outcome.instance_id).saga == "charging"


def test_a_schedule_is_written_on_one_line() -> None:
    schedule = (Hit("orchestrator", 3, Fault.DIES_BEFORE), Hit("payments", 1, Fault.TWICE))

    assert schedule_text(schedule) == "orchestrator:3:DIES_BEFORE payments:1:TWICE"
    assert read_schedule(schedule_text(schedule)) == schedule
    with pytest.raises(ValueError, match="expected hits like"):
        read_schedule("orchestrator:3")
    with pytest.raises(ValueError, match="at least one fault"):
        explore(charging, 5, handlers={}, faults=[])
