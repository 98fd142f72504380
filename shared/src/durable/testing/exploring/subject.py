"""What is explored: a saga, its input, its handlers, and what is raised to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from durable.saga import Saga
from durable.testing.handlers import Handlers

Raised = tuple[timedelta, str, object]


@dataclass(frozen=True, slots=True)
class Subject:
    """One saga and the world that it is explored in.

    Attributes:
        sagas: it and the others that it may start.
        input: as JSON data.
        handlers: makes the handlers of one run, so that what they remember begins anew.
        events: when after the start which event is raised with which payload, as JSON data.
        instance_id: of the instance that is started.
    """

    saga: Saga[Any, Any]
    sagas: tuple[Saga[Any, Any], ...]
    input: object
    handlers: Callable[[], Handlers]
    events: Sequence[Raised] = ()
    instance_id: str = "a"
