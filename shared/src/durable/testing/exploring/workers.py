"""Handlers as workers: one for each worker name, as deployments have them.

The code of a handler stops where its process dies, as by SIGKILL: not even its `finally` runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any

from durable.testing.exploring.process import LIFE, Dead, Life
from durable.testing.handlers import AnyActivity, Effect, Function, Handlers, with_context
from durable.worker import ActivityContext, Worker

if TYPE_CHECKING:
    from durable.testing.exploring.world import World


def workers_of(handlers: Handlers, world: World) -> list[Worker]:
    """Make the workers that run these handlers."""
    workers: dict[str, Worker] = {}
    for activity, function in handlers.items():
        worker = workers.setdefault(activity.worker, Worker(activity.worker))
        worker.handles(activity, run_in="loop")(_mortal(activity, with_context(function), world))
    return list(workers.values())


def _mortal(activity: AnyActivity, function: Function, world: World) -> Callable[..., Any]:
    async def run(value: Any, ctx: ActivityContext) -> Any:
        world.effects.append(Effect(value, ctx))
        result = function(value, ctx)
        return await _Mortal(result, world.graveyard) if inspect.isawaitable(result) else result

    run.__annotations__ = {"ctx": ActivityContext}  # Read for each run: text would be compiled anew each time.
    run.__qualname__ = f"handler of {activity.name}"
    return run


class _Mortal:
    """Drives what a handler awaits, as long as its process lives."""

    def __init__(self, awaitable: Awaitable[Any], graveyard: list[object]) -> None:
        self._awaitable = awaitable
        self._graveyard = graveyard

    def __await__(self) -> Generator[Any, Any, Any]:
        life = LIFE.get()
        inner = self._awaitable.__await__()
        if life is None:
            return (yield from inner)
        return (yield from self._driven(inner, life))

    def _driven(self, inner: Any, life: Life) -> Generator[Any, Any, Any]:
        sent: Any = None
        thrown: BaseException | None = None
        while True:
            if life.died.is_set():
                self._graveyard.append(inner)
                raise Dead
            try:
                waited = inner.throw(thrown) if thrown is not None else inner.send(sent)
            except StopIteration as done:
                return done.value
            try:
                sent, thrown = (yield waited), None
            except BaseException as error:
                thrown = error
