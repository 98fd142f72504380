"""Handlers as methods of a class: what marks them, and what a class brings with it from the classes that it is made of.

1. A mark belongs to the name of the method. A subclass that overrides a marked method need not mark it again.
2. Nothing is registered by a class statement; `Worker.include` does that, so that a class may be a base of others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, overload

from durable.activity import Activity
from durable.errors import AuthorError

In = TypeVar("In")
Out = TypeVar("Out")
Self_ = TypeVar("Self_")
P = ParamSpec("P")

Place = Literal["loop", "thread", "process"]
Lifetime = Literal["process", "activity"]
_MARKS = "__durable_handles__"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a method was marked as: which activity it runs, and where; the default depends on what kind it is."""

    activity: Activity[Any, Any]
    run_in: Place | None


class Marking(Generic[In, Out]):
    """The decorator that `handles` gives: takes a method of the input that gives the result of the activity."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark

    @overload
    def __call__(
        self, method: Callable[Concatenate[Self_, In, P], Coroutine[Any, Any, Out]]
    ) -> Callable[Concatenate[Self_, In, P], Coroutine[Any, Any, Out]]: ...
    @overload
    def __call__(
        self, method: Callable[Concatenate[Self_, In, P], Out]
    ) -> Callable[Concatenate[Self_, In, P], Out]: ...
    def __call__(self, method: Any) -> Any:
        setattr(method, _MARKS, (*getattr(method, _MARKS, ()), self._mark))
        return method


def handles(activity: Activity[In, Out], *, run_in: Literal["loop", "thread"] | None = None) -> Marking[In, Out]:
    """Mark a method as the handler of an activity, for the workers that include its class (`Worker.include`).

    What `Worker.handles` says of a function holds for the method. It can't run in a process: its object can't go there.
    """
    return Marking(Mark(activity, run_in))


def marked_methods(class_: type) -> Iterator[tuple[Mark, str]]:
    """Give each mark of a class and its bases, with the name of the method.

    Raises:
        AuthorError: no object can be made of the class, it has no handlers, or one of them is no method any more.
    """
    if inspect.isabstract(class_):
        missing = ", ".join(sorted(getattr(class_, "__abstractmethods__", ())))
        raise AuthorError(
            f"expected a class that has all of its methods; found {class_.__qualname__} without {missing}"
        )
    marks: dict[str, tuple[Mark, ...]] = {}
    for part in reversed(class_.__mro__):
        marks.update({name: getattr(found, _MARKS) for name, found in vars(part).items() if hasattr(found, _MARKS)})
    if not marks:
        raise AuthorError(f"expected methods marked by `handles` in {class_.__qualname__}; found none")
    for name, several in marks.items():
        if not inspect.isfunction(inspect.getattr_static(class_, name)):
            raise AuthorError(
                f"expected {class_.__qualname__}.{name} to be a method that takes `self`; found another kind"
            )
        for mark in several:
            yield mark, name
