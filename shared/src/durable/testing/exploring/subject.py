"""What is explored: a saga, its input, its handlers, and what is raised to it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from durable.saga import Saga
from durable.testing.handlers import Handlers
from orchestrator.operations import Ports, raise_event

Tell = Callable[[Ports, str], Coroutine[Any, Any, object]]
Told = tuple[timedelta, Tell]


def event(after: timedelta, name: str, payload: object) -> Told:
    """Have an event raised at that time after the start; the payload is JSON data."""

    async def tell(ports: Ports, instance_id: str) -> None:
        await raise_event(ports, instance_id, name, payload)

    return after, tell


@dataclass(frozen=True, slots=True)
class Subject:
    """One saga and the world that it is explored in.

    Attributes:
        sagas: it and the others that it may start.
        input: as JSON data.
        handlers: makes the handlers of one run, so that what they remember begins anew.
        told: what the instance is told, and when after the start.
        instance_id: of the instance that is started.
    """

    saga: Saga[Any, Any]
    sagas: tuple[Saga[Any, Any], ...]
    input: object
    handlers: Callable[[], Handlers]
    told: Sequence[Told] = ()
    instance_id: str = "a"
