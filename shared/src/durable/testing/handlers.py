"""Plain functions as the handlers of activities.

1. A handler takes the input, or the input and an `ActivityContext`; it is sync or async, and runs in the loop.
2. What runs is noted before it runs: activity and input.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from durable.activity import Activity
from durable.errors import NonRetryable
from durable.worker.activity_context import ActivityContext
from durable.worker.injection import PreparedHandler
from durable.worker.registration import Handler

AnyActivity = Activity[Any, Any]
Function = Callable[..., Any]
Handlers = Mapping[Any, Function]


class Effect(tuple[str, Any]):
    """One run of a handler: activity and input, which compare as a plain pair does.

    Attributes:
        activity, input: the pair.
        instance_id, task_id, attempt: which call it was.
        idempotency_key: equal for all runs of one call.
    """

    instance_id: str
    task_id: int
    attempt: int
    idempotency_key: str

    def __new__(cls, input: Any, ctx: ActivityContext) -> Effect:
        """Note what is about to run."""
        effect = super().__new__(cls, (ctx.activity, input))
        effect.instance_id, effect.task_id, effect.attempt = ctx.instance_id, ctx.task_id, ctx.attempt
        effect.idempotency_key = ctx.idempotency_key
        return effect

    @property
    def activity(self) -> str:
        """Name of the activity."""
        return self[0]

    @property
    def input(self) -> Any:
        """What the handler was given."""
        return self[1]


class MissingHandler(NonRetryable):
    """A saga called an activity that the environment was given no handler for."""


class PreparedHandlers(Mapping[str, PreparedHandler]):
    """The handlers of an environment by activity name; one that is missing fails its call and says what to add."""

    def __init__(self, handlers: Handlers, effects: list[Effect]) -> None:
        for activity, function in handlers.items():
            if not isinstance(activity, Activity) or not callable(function):
                raise TypeError(f"expected handlers as functions by activity; found {activity!r}: {function!r}")
        self._known = {
            activity.name: _prepared(activity, _noted(with_context(function), effects))
            for activity, function in handlers.items()
        }

    def __getitem__(self, name: str) -> PreparedHandler:
        return self._known[name] if name in self._known else _missing(name, sorted(self._known))

    def get(self, name: str, default: Any = None) -> PreparedHandler:  # noqa: ARG002  There is always one.
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _prepared(activity: AnyActivity, function: Function) -> PreparedHandler:
    return PreparedHandler(Handler(activity, function, "loop", is_async=True), {}, ("ctx",), ())


def _noted(function: Function, effects: list[Effect]) -> Function:
    async def run(value: Any, ctx: ActivityContext) -> Any:
        effects.append(Effect(value, ctx))
        result = function(value, ctx)
        return await result if inspect.isawaitable(result) else result

    return run


def with_context(function: Function) -> Function:
    """Give a handler that takes the input and the context, of one that may take the input alone."""
    if _takes_context(function):
        return function
    return lambda value, _: function(value)


def _takes_context(function: Function) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # Some built-in functions have no signature.
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [one for one in parameters if one.kind in positional and one.default is inspect.Parameter.empty]
    return len(required) >= 2


def _missing(name: str, known: list[str]) -> PreparedHandler:
    def fail(_value: Any, ctx: ActivityContext) -> Any:  # noqa: ARG001  As a handler is called.
        listed = ", ".join(known) or "none"
        raise MissingHandler(
            f"expected a handler of activity {name!r} in the handlers of the environment; found handlers of {listed}. "
            f"Add one: handlers={{..., {_constant(name)}: function}}"
        )

    return _prepared(Activity(name, object, object), _awaited(fail))


def _awaited(function: Function) -> Function:
    async def run(value: Any, ctx: ActivityContext) -> Any:
        return function(value, ctx)

    return run


def _constant(name: str) -> str:
    return name.partition(".")[2].replace(".", "_").replace("-", "_").upper()
