"""Which parameters of a handler come from where, settled once when the host starts.

1. A missing dependency is found before the first command is taken, all of them at once.
2. What lives as long as the process is fetched once; a scope per activity is opened only for handlers that take
   something that lives as long as the activity.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, get_type_hints

from dishka import DEFAULT_COMPONENT, AsyncContainer, Provider, Scope, make_async_container
from dishka.entities.key import DependencyKey
from dishka.registry import Registry

from durable.errors import AuthorError
from durable.worker.activity_context import ActivityContext
from durable.worker.registration import Handler
from durable.worker.threads import Threads

_NO_SCOPE = nullcontext()


@dataclass(frozen=True, slots=True)
class PreparedHandler:
    """A handler whose parameters are settled.

    Attributes:
        handler: what was registered.
        fixed: parameters whose values live as long as the process.
        contexts: names of the parameters that take the `ActivityContext`.
        scoped: name and type of each parameter whose value lives as long as the activity.
    """

    handler: Handler
    fixed: Mapping[str, object]
    contexts: tuple[str, ...]
    scoped: tuple[tuple[str, Any], ...]


def container_of(providers: Sequence[Provider], threads: Threads) -> AsyncContainer:
    """Build the container of a worker: a later provider overrides an earlier one.

    Scope `APP` is the process and `REQUEST` the activity, in which a provider may ask for the `ActivityContext`.
    `Threads` is there without a provider.

    Raises:
        dishka.exceptions.GraphMissingFactoryError: a provider needs what no provider gives.
    """
    own = Provider()
    own.from_context(Threads, scope=Scope.APP)
    own.from_context(ActivityContext, scope=Scope.REQUEST)
    return make_async_container(own, *providers, context={Threads: threads})


def activity_scope(
    container: AsyncContainer, prepared: PreparedHandler, context: ActivityContext
) -> AbstractAsyncContextManager[AsyncContainer | None]:
    """Open the scope of one activity, or none if its handler takes nothing of it."""
    if not prepared.scoped:
        return _NO_SCOPE
    return container({ActivityContext: context})


async def prepare(handlers: Iterable[Handler], container: AsyncContainer) -> dict[str, PreparedHandler]:
    """Settle the parameters of all handlers, by activity name.

    Raises:
        AuthorError: parameters can't be injected; names handler, parameter and type of each.
    """
    faults: list[str] = []
    prepared = {
        handler.activity.name: await _prepare(handler, container, faults)
        for handler in sorted(handlers, key=lambda handler: handler.activity.name)
    }
    if faults:
        raise AuthorError("these parameters of handlers can't be injected:\n" + "\n".join(f"  {f}" for f in faults))
    return prepared


async def _prepare(handler: Handler, container: AsyncContainer, faults: list[str]) -> PreparedHandler:
    fixed: dict[str, object] = {}
    contexts: list[str] = []
    scoped: list[tuple[str, Any]] = []
    if handler.run_in == "process":
        faults += _faults_of_process(handler)
        return PreparedHandler(handler, {}, (), ())
    for name, type_ in _injected(handler, faults):
        if type_ is ActivityContext:
            contexts.append(name)
        elif _knows(_registries(container, Scope.APP), type_):
            fixed[name] = await container.get(type_)
        elif _knows(_registries(container, Scope.REQUEST), type_):
            scoped.append((name, type_))
        else:
            found = f"expected a provider of {_name(type_)}, found none"
            faults.append(f"{_place(handler)}, parameter {name!r}: {found}; add one to the providers of the worker")
    return PreparedHandler(handler, fixed, tuple(contexts), tuple(scoped))


def _faults_of_process(handler: Handler) -> list[str]:
    """Tell what keeps a handler from running in a process: parameters, or that it can't be found there by its name."""
    parameters = list(inspect.signature(handler.function).parameters)
    faults = [
        f"{_place(handler)}, parameter {name!r}: expected the input alone, as nothing else goes to a process; "
        "run it in a thread, or leave the parameter out"
        for name in parameters[1:]
    ]
    if not parameters:
        faults.append(f"{_place(handler)}: expected the input as its first parameter, found none")
    try:
        pickle.dumps(handler.function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        faults.append(f"{_place(handler)}: expected a function of a module, to be found in a process; {error}")
    return faults


def _injected(handler: Handler, faults: list[str]) -> list[tuple[str, Any]]:
    """List the parameters behind the input, with their types."""
    parameters = list(inspect.signature(handler.function).parameters.values())
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        faults.append(f"{_place(handler)}: expected the input as its first parameter, found none")
        return []
    try:
        hints = get_type_hints(handler.function)
    except NameError as error:
        faults.append(f"{_place(handler)}: expected annotations that can be read at run time; {error}")
        return []
    faults += [
        f"{_place(handler)}, parameter {parameter.name!r}: expected a type to inject it by, found no annotation"
        for parameter in parameters[1:]
        if parameter.name not in hints
    ]
    return [(parameter.name, hints[parameter.name]) for parameter in parameters[1:] if parameter.name in hints]


def _registries(container: AsyncContainer, innermost: Scope) -> Iterable[Registry]:
    outer: AsyncContainer | None = container.parent_container
    while outer is not None:
        yield outer.registry
        outer = outer.parent_container
    registry: Registry | None = container.registry
    while registry is not None and registry.scope <= innermost:
        yield registry
        registry = registry.child_registry


def _knows(registries: Iterable[Registry], type_: Any) -> bool:
    key = DependencyKey(type_, DEFAULT_COMPONENT)
    return any(key in registry.factories for registry in registries)


def _place(handler: Handler) -> str:
    return f"handler {handler.function.__qualname__} of {handler.activity.name}"


def _name(type_: Any) -> str:
    return f"{type_.__module__}.{type_.__qualname__}" if isinstance(type_, type) else str(type_)
