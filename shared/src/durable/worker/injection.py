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
from dataclasses import dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, get_type_hints

from dishka import DEFAULT_COMPONENT, AsyncContainer, Provider, Scope, make_async_container
from dishka.entities.key import DependencyKey
from dishka.exception_base import DishkaError
from dishka.registry import Registry

from durable.errors import AuthorError
from durable.worker.activity_context import ActivityContext
from durable.worker.methods import Lifetime
from durable.worker.processes import Processes
from durable.worker.registration import AnyHandler, Handler
from durable.worker.threads import Threads

_NO_SCOPE = nullcontext()
_NO_CLASSES: Mapping[type, Lifetime] = MappingProxyType({})
_SCOPES = {"process": Scope.APP, "activity": Scope.REQUEST}
OWNER = "self"


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


def container_of(
    providers: Sequence[Provider],
    threads: Threads,
    processes: Processes,
    classes: Mapping[type, Lifetime] = _NO_CLASSES,
) -> AsyncContainer:
    """Build the container of a worker: a later provider overrides an earlier one.

    Scope `APP` is the process and `REQUEST` the activity, in which a provider may ask for the `ActivityContext`.
    `Threads`, `Processes` and the classes whose methods are handlers are there without a provider.

    Raises:
        AuthorError: the annotations of a class can't be read.
        dishka.exceptions.GraphMissingFactoryError: a provider needs what no provider gives.
    """
    own = Provider()
    own.from_context(Threads, scope=Scope.APP)
    own.from_context(Processes, scope=Scope.APP)
    own.from_context(ActivityContext, scope=Scope.REQUEST)
    for class_, lifetime in classes.items():
        try:
            _read_fields(class_)
            own.provide(class_, scope=_SCOPES[lifetime])
        except (DishkaError, NameError) as error:
            raise AuthorError(
                f"expected {class_.__qualname__} to be made of parameters that are annotated by types; {error}"
            ) from error
    return make_async_container(own, *providers, context={Threads: threads, Processes: processes})


def _read_fields(class_: type) -> None:
    """Have a dataclass know the types of fields that it inherits, whose annotations may be text of other modules."""
    init = vars(class_).get("__init__")
    if not is_dataclass(class_) or init is None:
        return
    types = get_type_hints(class_)
    for field in fields(class_):
        if isinstance(field.type, str) and init.__annotations__.get(field.name) == field.type:
            init.__annotations__[field.name] = types[field.name]


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
    if handler.owner is not None:
        handler = replace(handler, function=_method(handler.function.__name__))
    return PreparedHandler(handler, fixed, tuple(contexts), tuple(scoped))


def _method(name: str) -> AnyHandler:
    """Give a method as a function that takes its object last, like everything else that is injected."""

    def call(value: object, *, self: object, **injected: object) -> object:
        return getattr(self, name)(value, **injected)

    return call


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
    if handler.owner is not None:
        parameters = parameters[1:]
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
    found = [(parameter.name, hints[parameter.name]) for parameter in parameters[1:] if parameter.name in hints]
    return found if handler.owner is None else [(OWNER, handler.owner), *found]


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
