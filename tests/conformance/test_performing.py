import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.conformance.cases import Area, Case
from tests.conformance.performing import Outcome, perform
from tests.conformance.service import Service
from tests.conformance.table import table

area = Area("things", "A page", "aio")


class Stage:
    def __init__(self) -> None:
        self.cleaned: list[str] = []

    def passes_over(self, case: Case) -> str:
        return "takes too long" if case.waits else ""

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[Sequence[str]]:
        try:
            yield ["a world", *case.needs]
        finally:
            self.cleaned.append(case.name)


@area.case("a thing")
async def it_gets_a_world_and_what_it_needs(world: str, thing: str) -> None:
    assert (world, thing) == ("a world", "a thing")


@area.case()
async def it_fails(_: str) -> None:
    """What isn't true fails.

    And this is not part of the sentence.
    """
    raise AssertionError("no")


@area.case()
async def it_raises_nothing(_: str) -> None:
    with pytest.raises(ValueError, match="never"):
        pass


@area.case(waits=5)
async def it_takes_long(_: str) -> None:
    raise AssertionError("must not be played")


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="module")
def outcomes(stage: Stage) -> dict[str, Outcome]:
    @asynccontextmanager
    async def on_stage(_: Sequence[Case], __: str | None) -> AsyncIterator[Stage]:
        yield stage

    service = Service("things", "Things", "CONFORMANCE_THINGS", "nowhere", on_stage)
    played = asyncio.run(perform(service, area.cases))
    return {case.name: outcome for case, outcome in played.items()}


def test_a_case_gets_a_world_and_what_it_needs(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["it_gets_a_world_and_what_it_needs"].failure is None


def test_a_case_that_fails_stops_no_other_and_tells_its_failure(outcomes: dict[str, Outcome]) -> None:
    assert isinstance(outcomes["it_fails"].failure, AssertionError)


def test_an_error_that_did_not_come_is_a_failure(outcomes: dict[str, Outcome]) -> None:
    assert isinstance(outcomes["it_raises_nothing"].failure, pytest.fail.Exception)


def test_a_case_that_its_stage_passes_over_is_not_played(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["it_takes_long"] == Outcome(skipped="takes too long")


def test_every_case_that_was_played_is_cleaned_up(outcomes: dict[str, Outcome], stage: Stage) -> None:
    assert sorted(stage.cleaned) == ["it_fails", "it_gets_a_world_and_what_it_needs", "it_raises_nothing"]


def test_the_table_counts_what_passed_and_what_was_skipped(outcomes: dict[str, Outcome]) -> None:
    lines = table({case: outcomes[case.name] for case in area.cases}, local=True)

    assert lines == [
        "area    cases  passed",
        "things      4       1  (1 skipped)",
        "all         4       1  (1 skipped)",
    ]


def test_the_sentence_is_the_name_or_the_first_paragraph_of_the_docstring() -> None:
    sentences = {case.name: case.sentence for case in area.cases}

    assert sentences["it_takes_long"] == "It takes long"
    assert sentences["it_fails"] == "What isn't true fails"
