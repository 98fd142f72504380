"""The client's verbs, synchronous: each says what is to happen, and lets nothing happen yet.

Errors are the client's: what is not possible where an instance stands is refused at the call, and nothing is queued.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, overload

from pydantic_core import to_jsonable_python

from durable.payload import encode_payload
from durable.saga import Saga
from durable.testing.backend import Backend
from durable.testing.run import Run
from orchestrator import operations

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")


class Verbs:
    """What can be done with instances."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._starts = 0

    @overload
    def start(self, saga: Saga[None, Out], input: None = None, *, instance_id: str | None = None) -> Run[Out]: ...
    @overload
    def start(self, saga: Saga[In, Out], input: In, *, instance_id: str | None = None) -> Run[Out]: ...
    @overload
    def start(self, saga: str, input: object = None, *, instance_id: str | None = None) -> Run: ...
    def start(self, saga: Saga[Any, Any] | str, input: object = None, *, instance_id: str | None = None) -> Run:
        """Queue the start of an instance; without an id it is `<saga>-<number>`.

        Raises:
            TypeError: the input does not serialise, or is not what the saga takes.
            NotFound, AlreadyExists, InvalidInput: as `SagaClient.start`.
        """
        name, data = (
            (saga, to_jsonable_python(input))
            if isinstance(saga, str)
            else (saga.name, encode_payload(input, saga.input))
        )
        self._starts += 1
        new = operations.NewInstance(name, data, instance_id or f"{name}-{self._starts}")
        return Run(self._backend, self._do(operations.start(self._ports, new)), self)

    def raise_event(self, instance_id: str, name: str, payload: object = None, *, event_id: str | None = None) -> None:
        """Queue an event; the same `event_id` is taken once."""
        data = to_jsonable_python(payload)
        self._do(operations.raise_event(self._ports, instance_id, name, data, event_id=event_id))

    def cancel(self, instance_id: str, reason: str = "") -> None:
        """Queue the wish that an instance end; its code decides how."""
        self._do(operations.cancel(self._ports, instance_id, reason))

    def terminate(self, instance_id: str, reason: str = "", *, recursive: bool = False) -> None:
        """Queue the end of an instance; nothing is undone. `recursive`: and of all its children."""
        self._do(operations.terminate(self._ports, instance_id, reason, recursive=recursive))

    def suspend(self, instance_id: str, reason: str = "") -> None:
        """Queue a halt: what comes after it is kept until `resume`."""
        self._do(operations.suspend(self._ports, instance_id, reason))

    def resume(self, instance_id: str, reason: str = "") -> None:
        """Queue that a suspended instance goes on."""
        self._do(operations.resume(self._ports, instance_id, reason))

    @property
    def _ports(self) -> operations.Ports:
        return self._backend.ports

    def _do(self, verb: Coroutine[Any, Any, T]) -> T:
        return self._backend.run(verb)
