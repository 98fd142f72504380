"""Arguments that no type checker has looked at: refused where they are given, and told what was expected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import durable
from durable import Activity, SagaContext, saga
from durable.testing import SagaEnvironment

WORK = Activity("work.do", int, int)


@saga("taking")
async def taking(ctx: SagaContext, n: int) -> int:
    return n


async def plain(ctx: SagaContext, n: int) -> int:
    return n


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"sagas": [plain]}, "decorated with @saga"),
        ({"sagas": [taking], "handlers": {"work.do": lambda n: n}}, "by activity"),
        ({"sagas": [taking], "handlers": {WORK: 5}}, "functions"),
        ({"sagas": [taking], "mode": "COLD"}, "Mode.COLD"),
    ],
)
def test_an_environment_says_what_it_is_made_of(wrong: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        SagaEnvironment(**wrong)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"instanceid": "a"}, "instance_id.*found 'instanceid'"),
        ({"delay": 5}, "delay.*found 5"),
        ({"timeout": "1 h"}, "timeout.*found '1 h'"),
        ({"event": "go"}, "event.*found 'go'"),
        ({"event": ("go", 1, 2)}, "pair"),
        ({"request_id": 7}, "request_id.*found 7"),
        ({"tags": [1]}, "tags"),
    ],
)
def test_a_start_says_which_option_is_wrong(wrong: Any, told: str) -> None:
    env = SagaEnvironment(sagas=[taking])
    with pytest.raises(TypeError, match=told):
        env.start(taking, 1, **wrong)
    assert env.count() == 0


def test_what_is_started_is_a_saga() -> None:
    env = SagaEnvironment(sagas=[taking])
    function: Any = plain
    with pytest.raises(TypeError, match="decorated with @saga"):
        env.start(function, 1)
    with pytest.raises(ValueError, match="zero or more"):
        env.advance(-timedelta(seconds=1))


def test_every_error_that_the_page_names_is_found_in_the_library_itself() -> None:
    named = (
        "ActivityError ActivityTimeout OutcomeUnknown ChildSagaError EventTimeout DeadlineExceeded MapFailed Cancelled "
        "NotDurable NonRetryable RetryAfter DeterminismMismatch AlreadyExists NotFound AlreadyEnded InvalidState "
        "SagaFailedError ResultTimeout"
    )
    assert [name for name in named.split() if not hasattr(durable, name)] == []
