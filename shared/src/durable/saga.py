"""How a saga is declared: an `async def` with a name, a version and what starts it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, get_type_hints, overload

from typing_extensions import TypeForm

from durable.cloudevent import CloudEvent
from durable.errors import AuthorError, InvalidName

if TYPE_CHECKING:
    from durable.context import SagaContext

In = TypeVar("In")
In_contra = TypeVar("In_contra", contravariant=True)
Out = TypeVar("Out")
Out_co = TypeVar("Out_co", covariant=True)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

SagaFunction = Callable[..., Coroutine[Any, Any, Out]]


@dataclass(frozen=True)
class Saga(Generic[In_contra, Out_co]):
    """A declared saga.

    Attributes:
        name: what instances name as their saga.
        version: an instance stays on the version it started on.
        function: `async def (ctx, input)`, or `(ctx)` alone.
        input: type of the input, `None` if the saga takes `ctx` alone.
        output: type of the result.
        starts_on: event type that starts an instance, its `data` being the input.
        starts_if: pure predicate of that event; without one every such event starts an instance.
        key: dotted path in the event's data that gives the instance id `<saga>:<key>`.
        singleton: one instance runs at a time; its id is the name of the saga.
        resumes_on: event type to (name of the wait, key path): such an event is raised to instance `<saga>:<key>`.
    """

    name: str
    version: str
    function: SagaFunction[Out_co]
    input: TypeForm[In_contra] | None
    output: Any
    starts_on: str | None = None
    starts_if: Callable[[CloudEvent], bool] | None = None
    key: str | None = None
    singleton: bool = False
    resumes_on: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Declare(Protocol):
    """Makes a saga of a function that takes `ctx`, or `ctx` and one input."""

    @overload
    def __call__(self, function: Callable[[SagaContext], Coroutine[Any, Any, Out]], /) -> Saga[None, Out]: ...
    @overload
    def __call__(self, function: Callable[[SagaContext, In], Coroutine[Any, Any, Out]], /) -> Saga[In, Out]: ...


def saga(
    name: str,
    *,
    version: str = "1",
    starts_on: str | None = None,
    starts_if: Callable[[CloudEvent], bool] | None = None,
    key: str | None = None,
    singleton: bool = False,
    resumes_on: Mapping[str, tuple[str, str]] | None = None,
) -> Declare:
    """Declare the decorated `async def` as a saga.

    Raises:
        InvalidName: the name is not 1 to 64 characters of letters, digits, `.`, `_` and `-`.
        AuthorError: the function is not an `async def` that takes `ctx` and at most one input, a type that it names is
            not known, or a singleton has a `key`.
    """
    if not _NAME.fullmatch(name):
        raise InvalidName(f"expected a saga name of 1 to 64 letters, digits, '.', '_' or '-'; found {name!r}")
    if singleton and key is not None:
        raise AuthorError(
            f"expected singleton saga {name!r} to have no key: its one instance is {name!r}; found {key!r}"
        )

    def declare(function: SagaFunction[Any]) -> Saga[Any, Any]:
        parameters = _parameters(function)
        local = sys._getframe(1).f_locals  # noqa: SLF001  Types may be local to where the saga is declared.
        hints = _hints(function, parameters[0], local)
        takes_input = len(parameters) == 2
        return Saga(
            name=name,
            version=version,
            function=function,
            input=hints.get(parameters[1], object) if takes_input else None,
            output=hints.get("return", object),
            starts_on=starts_on,
            starts_if=starts_if,
            key=key,
            singleton=singleton,
            resumes_on=dict(resumes_on or {}),
        )

    return declare


def _hints(function: SagaFunction[Any], ctx: str, local: Mapping[str, Any]) -> Mapping[str, Any]:
    """Resolve all annotations but that of `ctx`, which may be imported for type checkers alone."""
    told = {name: hint for name, hint in getattr(function, "__annotations__", {}).items() if name != ctx}
    known = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        return get_type_hints(SimpleNamespace(__annotations__=told), known, local)
    except NameError as error:
        raise AuthorError(
            f"expected the annotations of saga {function.__qualname__} to name types that are known where it is "
            f"declared; found {error}. Define the type before the saga, in its module or beside it, not under "
            "`if TYPE_CHECKING`"
        ) from error


def _parameters(function: SagaFunction[Any]) -> list[str]:
    if not inspect.iscoroutinefunction(function):
        raise AuthorError(f"expected a saga to be an `async def`; found {function!r}")
    parameters = list(inspect.signature(function).parameters)
    if not 1 <= len(parameters) <= 2:
        raise AuthorError(
            f"expected saga {function.__qualname__} to take `ctx` and at most one input; found {parameters}"
        )
    return parameters
