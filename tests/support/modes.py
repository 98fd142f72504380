"""A feature as an author meets it: run in the test environment, in each of its modes, to the same end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from durable import Activity, Saga
from durable.events import HistoryEvent
from durable.testing import Mode, SagaEnvironment
from durable.testing.run import Run

Script = Callable[[SagaEnvironment], None]

ECHO = Activity("steps.echo", int, int)
UNDO = Activity("steps.undo", int, None)
TELL = Activity("steps.tell", str, str)


def world(*sagas: Saga[Any, Any], mode: Mode = Mode.LIVE, **handlers: Any) -> SagaEnvironment:
    """An environment in which `ECHO` gives its input, `UNDO` nothing, and `TELL` its input, unless given."""
    known = {
        ECHO: handlers.get("echo", lambda number: number),
        UNDO: handlers.get("undo", lambda _: None),
        TELL: handlers.get("tell", lambda text: text),
    }
    return SagaEnvironment(sagas=list(sagas), handlers=known, mode=mode, seed=7)


def everywhere(
    sagas: Sequence[Saga[Any, Any]], input: object, script: Script = SagaEnvironment.settle, **handlers: Any
) -> Run:
    """Start the first saga as instance `a` in every mode, play the script, and give the run of `Mode.LIVE`.

    Status, result, effects and history by kind must be the same in all modes.
    """
    runs = {mode: _played(sagas, input, script, mode, handlers) for mode in Mode}
    told = {mode: _told(env) for mode, env in runs.items()}
    for mode, one in told.items():
        assert one == told[Mode.LIVE], f"{mode} ends otherwise"
    return runs[Mode.LIVE].run("a")


def _played(
    sagas: Sequence[Saga[Any, Any]], input: object, script: Script, mode: Mode, handlers: Mapping[str, Any]
) -> SagaEnvironment:
    env = world(*sagas, mode=mode, **{name: make() for name, make in handlers.items()})
    env.start(sagas[0], input, instance_id="a")
    env.settle()
    script(env)
    env.settle()
    return env


def _told(env: SagaEnvironment) -> dict[str, Any]:
    run = env.run("a")
    return {
        "status": run.status,
        "result": run.result if run.status == "Completed" else None,
        "failure": run.failure and (run.failure.type, run.failure.message),
        "custom_status": run.custom_status,
        "kinds": Counter(type(event).__name__ for event in run.history),
        "effects": Counter((effect[0], repr(effect[1])) for effect in env.effects),
    }


def of(run: Run, kind: type[HistoryEvent]) -> list[Any]:
    """The events of a kind."""
    return [event for event in run.history if type(event) is kind]
