"""Verbs that put steps together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, TypeVar

from durable.activity import Activity
from durable.context import Handle
from durable.context.flow import Flow
from durable.results import MapResult, Tolerance
from durable.retry import RetryPolicy
from durable.saga import Saga
from orchestrator.engine.calls import schedule
from orchestrator.engine.cancelling import Shield, TimeScope
from orchestrator.engine.children import Birth, call_child
from orchestrator.engine.handles import Pending
from orchestrator.engine.mapping import Map, MapPolicy
from orchestrator.engine.payloads import write_payload
from orchestrator.engine.steps import Terms
from orchestrator.engine.turnstiles import Semaphore, Until
from orchestrator.engine.verbs.bound import Bound
from orchestrator.engine.verbs.given import require, terms_of

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")


class FlowVerbs(Bound, Flow):
    """Implements `Flow`."""

    __slots__ = ()

    def map(
        self,
        activity: Any,
        inputs: Iterable[Any],
        *,
        max_concurrency: int | None = None,
        tolerate: Tolerance | None = None,
        min_successes: int | None = None,
        retry: RetryPolicy | None = None,
        label: str | None = None,
    ) -> Handle[MapResult[Any]]:
        if self._closed():
            return self._endless()
        name, start, items = self._mapped(activity, inputs, terms_of(retry, label=label))
        mapped = Map(self._execution.scheduler, name, start, items)
        mapped.begin(max_concurrency, MapPolicy(tolerate, min_successes))
        return mapped

    def spawn(self, coroutine: Coroutine[Any, Any, T]) -> Handle[T]:
        if not inspect.iscoroutine(coroutine):
            raise TypeError(
                f"expected a coroutine, such as `branch(ctx)` of an `async def branch`; found {coroutine!r:.200}"
            )
        if self._closed():
            coroutine.close()
            return self._endless()
        return self._execution.scheduler.start(coroutine)

    def timeout(self, span: timedelta) -> AbstractAsyncContextManager[None]:
        require(span, timedelta, "a timedelta")
        return TimeScope(self._execution, span)

    def shield(self) -> AbstractAsyncContextManager[None]:
        return Shield(self._execution)

    def lock(self) -> AbstractAsyncContextManager[None]:
        return Semaphore(self._execution.scheduler, 1)

    def semaphore(self, size: int) -> AbstractAsyncContextManager[None]:
        return Semaphore(self._execution.scheduler, size)

    def until(self, predicate: Callable[[], bool], *, timeout: timedelta | None = None) -> Handle[None]:
        if inspect.iscoroutinefunction(predicate):
            raise TypeError(
                f"expected a plain function that tells whether it holds; found `async def {predicate.__qualname__}`"
            )
        if self._closed():
            return self._endless()
        condition = Until(self._execution, predicate)
        condition.begin(timeout)
        return condition

    def _mapped(
        self, mapped: Any, inputs: Iterable[Any], terms: Terms
    ) -> tuple[str, Callable[[Any], Pending[Any]], list[Any]]:
        execution = self._execution
        if isinstance(mapped, Activity):
            data = [write_payload(input, mapped.input) for input in inputs]
            return mapped.name, lambda item: schedule(execution, mapped, item, terms), data
        if isinstance(mapped, Saga):
            data = [write_payload(input, mapped.input) for input in inputs]
            birth = Birth(tags=execution.journal.ledger.tags or None)
            return mapped.name, lambda item: call_child(execution, mapped, item, birth, terms), data
        if inspect.iscoroutinefunction(mapped):
            return mapped.__qualname__, lambda item: execution.scheduler.start(mapped(item)), list(inputs)
        raise TypeError(f"expected an activity, a saga or an `async def` of one input to map; found {mapped!r:.200}")
