"""Transactions: there are none. Whoever asks for one is told so, and nothing is done by halves.

A client asks by attaching a link to the coordinator, and by messages and outcomes that belong to a transaction.
"""

from emulators.servicebus.amqp.performatives import Attach
from emulators.servicebus.amqp.values import Described
from emulators.servicebus.broker.refusals import NotSupported

COORDINATOR, TRANSACTIONAL_STATE = 0x30, 0x34
_TEXT = "Transactions are not supported by this endpoint: send and settle without one."


def check_attach(request: Attach) -> None:
    """Raise `NotSupported` if a link to the coordinator is asked for."""
    if request.target is not None and request.target.descriptor == COORDINATOR:
        raise NotSupported(_TEXT)


def check_state(state: object) -> None:
    """Raise `NotSupported` if a state belongs to a transaction."""
    if isinstance(state, Described) and state.descriptor == TRANSACTIONAL_STATE:
        raise NotSupported(_TEXT)
