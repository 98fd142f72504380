"""The client's verbs, synchronous: each says what is to happen, and lets nothing happen yet.

Errors are the client's: what is not possible where an instance stands is refused at the call, and nothing is queued.
"""

from __future__ import annotations

from typing import Any, TypeVar, Unpack, overload

from durable.client.starts import StartOptions, check_options
from durable.payload import encode_payload
from durable.saga import Saga
from durable.tags import tags_data
from durable.testing.backend import Backend
from durable.testing.looks import Looks
from durable.testing.run import Run
from orchestrator import operations

In = TypeVar("In")
Out = TypeVar("Out")


class Verbs(Looks):
    """What can be done with instances, and known of them."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._starts = 0

    @overload
    def start(self, saga: Saga[None, Out], input: None = None, **options: Unpack[StartOptions]) -> Run[Out]: ...
    @overload
    def start(self, saga: Saga[In, Out], input: In, **options: Unpack[StartOptions]) -> Run[Out]: ...
    @overload
    def start(self, saga: str, input: object = None, **options: Unpack[StartOptions]) -> Run: ...
    def start(self, saga: Saga[Any, Any] | str, input: object = None, **options: Unpack[StartOptions]) -> Run:
        """Queue the start of an instance; without an id it is `<saga>-<number>`, or what follows from `request_id`.

        Raises:
            TypeError: the input does not serialise, or is not what the saga takes.
            NotFound, AlreadyExists, InvalidInput: as `SagaClient.start`.
        """
        check_options(options)
        name, data = _told(saga, input)
        self._starts += 1
        instance_id, event, tags = options.get("instance_id"), options.get("event"), options.get("tags")
        new = operations.NewInstance(
            saga=name,
            input=data,
            instance_id=self._new_id(name, options.get("request_id")) if instance_id is None else instance_id,
            if_exists=options.get("if_exists") or "error",
            request_id=options.get("request_id"),
            event=None if event is None else (event[0], encode_payload(event[1], object)),
            delay=options.get("delay"),
            timeout=options.get("timeout"),
            tags=None if tags is None else tags_data(tags),
        )
        return self._run(self._do(operations.start(self._ports, new)))

    def raise_event(self, instance_id: str, name: str, payload: object = None, *, event_id: str | None = None) -> None:
        """Queue an event; the same `event_id` is taken once."""
        data = encode_payload(payload, object)
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

    def retry(self, instance_id: str, reason: str = "") -> None:
        """Queue that what an instance failed at is run again: its step, or the undos that failed."""
        self._do(operations.retry(self._ports, instance_id, reason))

    def skip(self, instance_id: str, task_id: int, reason: str) -> None:
        """Queue that an undo that failed is settled by hand."""
        self._do(operations.skip(self._ports, instance_id, task_id, reason))

    def unblock(self, instance_id: str, reason: str = "") -> None:
        """Queue that a blocked instance is tried again."""
        self._do(operations.unblock(self._ports, instance_id, reason))

    def rewind(self, instance_id: str, to: int, reason: str = "") -> None:
        """Queue that the present execution is taken up again from before event `to` of its history."""
        self._do(operations.rewind(self._ports, instance_id, to, reason))

    def fork(self, instance_id: str, from_: int, reason: str = "", *, new_id: str | None = None) -> Run:
        """Queue another instance that goes on from before event `from_` of this one's history."""
        return self._run(self._do(operations.fork(self._ports, instance_id, from_, reason, new_id=new_id)))

    def restart(self, instance_id: str, new_id: str | None = None) -> Run:
        """Queue that an instance that has ended starts again with its input, in its place or under another id."""
        return self._run(self._do(operations.restart(self._ports, instance_id, new_id)).instance_id)

    def purge(self, instance_id: str) -> None:
        """Queue that an instance that has ended is deleted."""
        self._do(operations.purge(self._ports, instance_id))

    def complete(self, token: str, result: object = None) -> None:
        """Queue the result of an attempt that `complete_later` gave the token of."""
        self._do(operations.complete(self._ports, token, encode_payload(result, object)))

    def fail(self, token: str, type: str, message: str, *, details: object = None, retryable: bool = True) -> None:
        """Queue the failure of such an attempt."""
        data = encode_payload(details, object)
        self._do(operations.fail(self._ports, token, type, message, details=data, retryable=retryable))

    def heartbeat(self, token: str, detail: object = None) -> None:
        """Queue a heartbeat of such an attempt; the next attempt reads the last detail."""
        self._do(operations.heartbeat(self._ports, token, encode_payload(detail, object)))

    def _run(self, instance_id: str) -> Run:
        return Run(self._backend, instance_id, self)

    def _new_id(self, name: str, request_id: str | None) -> str | None:
        saga = self._backend.setup.registry.find(name)
        if request_id is not None or (saga is not None and saga.singleton):
            return None
        return f"{name}-{self._starts}"


def _told(saga: Saga[Any, Any] | str, input: object) -> tuple[str, object]:
    if isinstance(saga, str):
        return saga, encode_payload(input, object)
    if not isinstance(saga, Saga):
        raise TypeError(f"expected a saga or the name of one; found {saga!r}: is it decorated with @saga(...)?")
    return saga.name, encode_payload(input, saga.input)
