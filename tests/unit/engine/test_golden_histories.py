from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from durable.codec import decode_event, encode_event, encode_time
from durable.events import FACTS, Blocked, HistoryEvent, Rewound, SagaRejected, Unblocked
from durable.failure import Failure
from orchestrator.engine import Instance, Registry, Setup
from tests.support.drive import IDENTITY
from tests.support.golden_sagas import GOLDEN
from tests.support.sample_sagas import SAMPLES

# Histories once written are read for ever: a file here is never written anew, only others are added.
FOLDER = Path(__file__).parents[2] / "golden" / "histories"
FILES = sorted(FOLDER.glob("*.json"))
SAGAS = {saga.name: saga for saga in (*GOLDEN, *(sample.saga for sample in SAMPLES))}
SETUP = Setup(Registry(SAGAS.values()), frozenset({"commands.numbers"}))
# What no turn over messages alone writes: that an instance is blocked or repaired, and what it took over.
MARKS = (Blocked, Unblocked, Rewound)

golden = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def records(file: Path) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = orjson.loads(file.read_bytes())
    return stored


def history(file: Path) -> list[HistoryEvent]:
    return [
        decode_event(record, at=datetime.fromisoformat(record["at"]), sequence=record["sequence"])
        for record in records(file)
    ]


def turns(events: list[HistoryEvent]) -> Iterator[tuple[int, int]]:
    places = [place for place, event in enumerate(events) if isinstance(event, FACTS) and event.message_id]
    return zip(places, [*places[1:], len(events)], strict=True)


def is_another_s(rest: list[HistoryEvent]) -> bool:
    """Whether what comes before was taken over: its chance was that of another execution."""
    return any(isinstance(event, Rewound) for event in rest)


def comparable(events: tuple[HistoryEvent, ...] | list[HistoryEvent]) -> list[HistoryEvent]:
    return [_comparable(event) for event in events]


def _comparable(event: Any) -> Any:
    """Leave out what other versions of libraries word in other ways."""
    if isinstance(event, SagaRejected):
        return replace(event, reasons=tuple((where, "") for where, _ in event.reasons))
    failure = getattr(event, "failure", None)
    return replace(event, failure=_bare(failure)) if failure else event


def _bare(failure: Failure) -> Failure:
    return replace(failure, stack="", cause=_bare(failure.cause) if failure.cause else None)


def test_there_are_golden_histories() -> None:
    assert len(FILES) >= 16


@golden
def test_a_stored_history_replays_without_a_mismatch(file: Path) -> None:
    instance = Instance.replay(IDENTITY, SETUP, history(file))

    assert instance.mismatch is None
    assert instance.status.ended or instance.next_start is not None
    assert instance.status.value.lower() == file.stem.rpartition("-")[2]


@golden
def test_each_step_of_a_stored_history_is_taken_again_in_the_same_way(file: Path) -> None:
    events = history(file)

    for start, end in turns(events):
        if any(isinstance(event, MARKS) for event in events[start:end]) or is_another_s(events[end:]):
            continue
        instance = Instance.replay(IDENTITY, SETUP, events[:start])
        turn = instance.turn([events[start]], events[start].at)
        assert comparable(turn.events) == comparable(events[start:end])
        instance.close()


@golden
def test_a_stored_history_is_written_as_it_was_read(file: Path) -> None:
    written = [
        {"sequence": event.sequence, "at": encode_time(event.at), **encode_event(event)} for event in history(file)
    ]

    assert orjson.loads(orjson.dumps(written)) == records(file)
