from typing import Any

from emulators.servicebus.amqp.decode import decode
from emulators.servicebus.amqp.performatives import Transfer
from emulators.servicebus.amqp.sections import AMQP_VALUE, APPLICATION_PROPERTIES, spans
from tests.support.wire_client import Heard


def answers(heard: list[Heard]) -> list[tuple[dict[str, Any], Any]]:
    """The responses among what was heard: their properties and bodies."""
    found = []
    for performative, payload in heard:
        if isinstance(performative, Transfer):
            parts: dict[int, Any] = {span.code: decode(payload, span.value)[0] for span in spans(payload)}
            found.append((parts[APPLICATION_PROPERTIES], parts.get(AMQP_VALUE)))
    return found
