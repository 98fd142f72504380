"""Histories and turns as tables: the exact events that go in and come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from durable import Activity, Saga
from durable.events import HistoryEvent, SagaStarted
from orchestrator.engine import Instance, Registry, Setup, Turn
from tests.support.drive import IDENTITY, NOON

ADD = Activity("math.add", int, int)
UNDO_ADD = Activity("math.undo-add", int, int)
ELSEWHERE = Activity("nowhere.add", int, int)


def setup_of(*sagas: Saga[Any, Any]) -> Setup:
    """A setup of these sagas in which only worker `math` has a queue."""
    return Setup(Registry(sagas), frozenset({"commands.math"}))


def numbered(*events: HistoryEvent, first: int = 1, at: datetime = NOON) -> tuple[HistoryEvent, ...]:
    """Stamp events as a turn at a time would."""
    return tuple(replace(event, sequence=number, at=at) for number, event in enumerate(events, start=first))


def begun(saga: Saga[Any, Any], data: object = None) -> tuple[Instance, Turn]:
    """An instance after its first turn."""
    instance = Instance.new(IDENTITY, setup_of(saga))
    started = SagaStarted(saga=saga.name, version=saga.version, input=data, message_id="start")
    return instance, instance.turn([started], NOON)


def replayed(saga: Saga[Any, Any], history: Sequence[HistoryEvent]) -> Instance:
    """An instance brought to where a history stands."""
    return Instance.replay(IDENTITY, setup_of(saga), history)


def kinds(events: Sequence[HistoryEvent]) -> list[str]:
    """The names of the kinds of events."""
    return [type(event).__name__ for event in events]
