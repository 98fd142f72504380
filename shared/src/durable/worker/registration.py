"""What authors of a worker write: a worker, and a handler for each of its activities.

1. Registering looks at names and kinds only; parameters are looked at when the host starts, as one list of faults.
2. The decorator gives the function back as it is, so a test calls it as a function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from durable.activity import Activity, command_queue
from durable.errors import AuthorError
from durable.worker.methods import Lifetime, Place, marked_methods

In = TypeVar("In")
Out = TypeVar("Out")
P = ParamSpec("P")

AnyHandler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that runs an activity, and where it runs.

    `loop`: in the event loop, so it must not block; `thread`, `process`: in one of a bounded pool of them. `owner` is
    the class that the function is a method of, if it is one.
    """

    activity: Activity[Any, Any]
    function: AnyHandler
    run_in: Place
    is_async: bool
    owner: type | None = None


class Registration(Generic[In, Out]):
    """The decorator that `Worker.handles` gives: takes what accepts the input and gives the result of the activity."""

    def __init__(self, register: Callable[[AnyHandler], None]) -> None:
        self._register = register

    @overload
    def __call__(
        self, handler: Callable[Concatenate[In, P], Coroutine[Any, Any, Out]]
    ) -> Callable[Concatenate[In, P], Coroutine[Any, Any, Out]]: ...
    @overload
    def __call__(self, handler: Callable[Concatenate[In, P], Out]) -> Callable[Concatenate[In, P], Out]: ...
    def __call__(self, handler: AnyHandler) -> AnyHandler:
        self._register(handler)
        return handler


class Worker:
    """A worker by name, with its handlers.

    Raises:
        InvalidName: an activity of that name could not exist.
    """

    def __init__(self, name: str) -> None:
        Activity(f"{name}.any", object, object)
        self.name = name
        self._handlers: dict[str, Handler] = {}
        self._classes: dict[type, Lifetime] = {}

    @property
    def queue(self) -> str:
        """The queue that it takes commands from."""
        return command_queue(f"{self.name}.any")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """Its handlers by activity name."""
        return MappingProxyType(self._handlers)

    @property
    def classes(self) -> Mapping[type, Lifetime]:
        """The classes that it includes, with how long an object of each lives."""
        return MappingProxyType(self._classes)

    def handles(self, activity: Activity[In, Out], *, run_in: Place | None = None) -> Registration[In, Out]:
        """Have the decorated function run this activity.

        Its first parameter is the input. Each further one is injected by its annotation: `ActivityContext`, or what a
        provider gives. An `async def` runs in the event loop and a plain `def` in a thread, unless `run_in` says
        `"loop"` for one that is too quick to be worth a thread, or `"process"` for one that computes for long. The
        latter is a function of a module, takes its input alone, and input and result are pickled.

        An `async def` is cancelled and a process killed when the time of an attempt is over. A thread can't be stopped:
        the attempt is answered, and the thread keeps its slot until the function returns.

        The function runs at least once per attempt: a worker that died after its effect runs it again, with the same
        idempotency key.

        Raises:
            AuthorError: the activity belongs to another worker or has a handler, or the function can't run there.
        """
        return Registration(lambda function: self._add(_handler(activity, function, run_in)))

    def include(self, class_: type, *, per: Lifetime = "process") -> None:
        """Have the methods of a class that are marked by `handles` run their activities, inherited ones included.

        Its object is made by injection: each parameter of its `__init__` (each field of a dataclass) is injected by its
        annotation. There is one for the process, made when the host starts, or with `per="activity"` one for each run
        of a handler, which may then take what lives as long as that, `ActivityContext` for one. A provider of the class
        itself takes precedence.

        Raises:
            AuthorError: the class is abstract or has no handlers; else as `handles`.
        """
        for mark, name in marked_methods(class_):
            self._add(replace(_handler(mark.activity, getattr(class_, name), mark.run_in), owner=class_))
        self._classes[class_] = per

    def _add(self, handler: Handler) -> None:
        name, function = handler.activity.name, handler.function
        if handler.activity.worker != self.name:
            raise AuthorError(
                f"expected an activity of worker {self.name!r}, that is a name '{self.name}.…'; found {name!r}"
            )
        if name in self._handlers:
            known = self._handlers[name].function.__qualname__
            raise AuthorError(f"expected one handler of {name!r}; found {known} and {function.__qualname__}")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise AuthorError(f"expected {function.__qualname__} to return its result; found a generator")
        if handler.is_async and handler.run_in != "loop":
            raise AuthorError(f"expected a plain `def` to run in a {handler.run_in}; {function.__qualname__} is async")
        if handler.owner is not None and handler.run_in == "process":
            raise AuthorError(
                f"expected a function of a module to run in a process; {function.__qualname__} is a method"
            )
        self._handlers[name] = handler


def _handler(activity: Activity[Any, Any], function: AnyHandler, run_in: Place | None) -> Handler:
    is_async = inspect.iscoroutinefunction(function)
    return Handler(activity, function, run_in or ("loop" if is_async else "thread"), is_async)
