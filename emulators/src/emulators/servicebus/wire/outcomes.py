"""Delivery states: what each outcome of a receiver does to the message, and the echo that confirms it.

The SDK compares the echo with what it asked for, and takes a `rejected` with an error in it for a failure.
"""

from collections.abc import Callable, Container

from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.values import Described
from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.content import DeadLetter
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import InvalidArgument, Refusal
from emulators.servicebus.wire.conditions import error_of
from emulators.servicebus.wire.transactions import TRANSACTIONAL_STATE, check_state

ACCEPTED, REJECTED, RELEASED, MODIFIED = range(0x24, 0x28)

_REASONS = ("DeadLetterReason", "DeadLetterErrorDescription")

ACCEPTED_STATE = bytes((0x00, 0x53, ACCEPTED, 0x45))
_REJECTED_STATE = bytes((0x00, 0x53, REJECTED, 0x45))
_RELEASED_STATE = bytes((0x00, 0x53, RELEASED, 0x45))


def rejected_state(refusal: Refusal) -> bytes:
    """The encoded outcome `rejected` with the error in it."""
    return encode(Described(REJECTED, [error_of(refusal)]))


def settle(queue: Queue, lock_id: int, state: Described | None) -> bytes:
    """Do what the receiver decided and give the encoded state to answer with."""
    if state is None:
        return _RELEASED_STATE
    act = _OUTCOMES.get(state.descriptor)
    if act is None or not isinstance(state.value, list):
        return rejected_state(InvalidArgument(f"Outcome {state!r} is none that settles a message."))
    try:
        return act(queue, lock_id, state.value)
    except Refusal as refusal:
        return rejected_state(refusal)


def _in_transaction(_: Queue, __: int, fields: list[object]) -> bytes:
    check_state(Described(TRANSACTIONAL_STATE, fields))
    return _RELEASED_STATE


def _accept(queue: Queue, lock_id: int, _: list[object]) -> bytes:
    settlement.complete(queue, lock_id)
    return ACCEPTED_STATE


def _reject(queue: Queue, lock_id: int, fields: list[object]) -> bytes:
    why, info = _reason(fields[0] if fields else None)
    settlement.dead_letter(queue, lock_id, why, properties_in(info, besides=_REASONS))
    return _REJECTED_STATE


def _release(queue: Queue, lock_id: int, _: list[object]) -> bytes:
    settlement.release(queue, lock_id)
    return _RELEASED_STATE


def _modify(queue: Queue, lock_id: int, fields: list[object]) -> bytes:
    # Whether the delivery failed makes no difference: @azure/service-bus abandons without saying so, and it counts.
    failed, undeliverable_here, changed, *_ = (*fields, None, None, None)
    if undeliverable_here:
        settlement.defer(queue, lock_id, properties_in(changed))
    else:
        settlement.abandon(queue, lock_id, properties_in(changed))
    return encode(Described(MODIFIED, [bool(failed), bool(undeliverable_here)]))


def properties_in(changed: object, besides: Container[object] = ()) -> settlement.Changed:
    """The application properties that a receiver sets; raises `InvalidArgument` for what can't be one."""
    if changed is None:
        return {}
    if not isinstance(changed, dict):
        raise InvalidArgument(f"Properties to modify must be a map, found {type(changed).__name__}.")
    for name, value in changed.items():
        if isinstance(value, (dict, list, Described)):
            raise InvalidArgument(f"Property '{name}' must be a single value, found {type(value).__name__}.")
    return {str(name): value for name, value in changed.items() if name not in besides}


def _reason(error: object) -> tuple[DeadLetter, object]:
    if not isinstance(error, Described) or not isinstance(error.value, list):
        return DeadLetter(None, None), None
    fields: list[object] = [*error.value, None, None, None]
    text, info = fields[1], fields[2]
    named: dict[object, object] = info if isinstance(info, dict) else {}
    reason, description = (_text(named.get(name)) for name in _REASONS)
    return DeadLetter(reason, description or _text(text)), info


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


_OUTCOMES: dict[object, Callable[[Queue, int, list[object]], bytes]] = {
    ACCEPTED: _accept,
    REJECTED: _reject,
    RELEASED: _release,
    MODIFIED: _modify,
    TRANSACTIONAL_STATE: _in_transaction,
}
